// SPDX-License-Identifier: MPL-2.0
// One file that uses every block and attribute. `UPDATE_GOLDEN=1` rewrites the expected jobs.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { parseJob, toApiJob } from '#jobspec';
import { canonicalizeJob } from '#model';

const here = (name: string): URL => new URL(name, import.meta.url);
const source = readFileSync(here('everything.nomad.hcl'), 'utf8');
const parsed = parseJob({ source, filename: 'everything.nomad.hcl' }, { random: seededRandom(1) });

function golden(name: string, actual: unknown): void {
  const text = `${JSON.stringify(actual, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN']) writeFileSync(here(name), text);
  assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(here(name), 'utf8')));
}

test('every block and attribute reaches its field', () => {
  golden('everything.api.json', toApiJob(parsed.job));
});

test('the job with its defaults is what is stored', () => {
  golden('everything.stored.json', canonicalizeJob(parsed.job));
});

test('the same job in the JSON of the API is the same', () => {
  const json = JSON.stringify(toApiJob(parsed.job));
  const again = parseJob({ source: json, filename: 'everything.json' }, { random: seededRandom(1) });
  assert.equal(again.format, 'json');
  assert.deepEqual(canonicalizeJob(again.job), canonicalizeJob(parsed.job));
});
