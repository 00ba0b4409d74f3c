// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, seededRandom, systemClock } from '#base';
import { parseInWorker, parseJobAsync } from './parse-async.ts';

const dependencies = { random: seededRandom(1), clock: systemClock };

/** More than an inline parse may read, less than the limit of a file. */
const large = `job "large" {\n  meta {\n${Array.from({ length: 6_000 }, (_, i) => `    key_${i} = "value ${i}"`).join('\n')}\n  }\n}\n`;

async function refusal(source: string): Promise<string> {
  try {
    await parseJobAsync({ source, filename: 'web.nomad' }, dependencies);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error.message;
  }
  return assert.fail('the file was accepted');
}

test('a small file is parsed at once', async () => {
  const { job } = await parseJobAsync({ source: 'job "a" {}', filename: 'web.nomad' }, dependencies);
  assert.equal(job.ID, 'a');
});

test('a large file is parsed in a worker thread', async () => {
  const { job } = await parseJobAsync({ source: large, filename: 'web.nomad' }, dependencies);
  assert.equal(Object.keys(job.Meta ?? {}).length, 6_000);
});

test('mistakes have the same text from the thread and from here', async () => {
  const broken = large.replace('job "large" {', 'job "large" {\n  cuont = 1');
  assert.match(await refusal(broken), /^web\.nomad:2,3-8: Unsupported argument/);
  assert.match(await refusal('job "a" {\n  cuont = 1\n}'), /^web\.nomad:2,3-8: Unsupported argument/);
});

test('a file beyond every limit is refused by the thread, too', async () => {
  assert.match(await refusal(`job "a" {\n  name = "${'x'.repeat(2_000_000)}"\n}`), /too large|bytes/i);
  const explosion = 'job "a" {\n  name = join("", [for i in range(100000) : join("", range(i))])\n}';
  assert.match(await refusal(explosion), /limit|steps|too/i);
});

test('waiting can be given up', async () => {
  const signal = AbortSignal.abort(new AppError('canceled', 'gave up'));
  await assert.rejects(parseJobAsync({ source: large, filename: 'x' }, dependencies, { signal }), /gave up/);
});

test('what the thread does can be done without one', () => {
  assert.equal(parseInWorker({ source: 'job "a" {}', filename: 'x' }).job.ID, 'a');
  assert.throws(() => parseInWorker({ source: 'job', filename: 'x' }), AppError);
});
