// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#testing';
import { heartbeatMs } from '../limits.ts';
import { monitorFrames } from './monitor-frames.ts';

test('a quiet log still shows a sign of life, and no line is lost', async () => {
  const clock = new VirtualClock();
  const gate = Promise.withResolvers<void>();
  async function* lines(): AsyncGenerator<string> {
    await gate.promise;
    yield 'late\n';
  }
  const frames = monitorFrames(lines(), { plain: false, clock });
  const next = async (): Promise<string> => String((await frames.next()).value);
  for (let i = 0; i < 2; i++) {
    const frame = next();
    await clock.waitForTimers();
    await clock.advance(heartbeatMs);
    assert.equal(await frame, '{}');
  }
  gate.resolve();
  assert.equal(await next(), `{"Data":"${Buffer.from('late\n').toString('base64')}"}`);
  assert.equal((await frames.next()).done, true);
  assert.equal(clock.pendingTimers, 0);
});

test('a log that fails ends the frames with its error', async () => {
  async function* lines(): AsyncGenerator<string> {
    yield 'one\n';
    throw new Error('log is gone');
  }
  const frames = monitorFrames(lines(), { plain: false, clock: new VirtualClock() });
  await frames.next();
  await assert.rejects(frames.next(), /log is gone/);
});
