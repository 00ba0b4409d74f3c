// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { VirtualClock } from '#testing';
import { stampFor, stampNow } from './stamp.ts';

const sources = (): { clock: VirtualClock; random: ReturnType<typeof seededRandom> } => ({
  clock: new VirtualClock(5_000),
  random: seededRandom('stamp'),
});

test('an operation that runs again draws the same ids and times', async () => {
  const from = sources();
  const draw = stampFor(from);
  const first = draw();
  const ids = [first.uuid(), first.uuid(), first.uuid()];
  await from.clock.advance(1_000);
  const again = draw();
  assert.deepEqual([again.uuid(), again.uuid(), again.uuid()], ids);
  assert.deepEqual([again.nowMs, again.nowNs, again.nowIso], [5_000, 5e9, '1970-01-01T00:00:05.000Z']);
});

test('ids are uuids and differ, within a stamp and between stamps', () => {
  const from = sources();
  const seen = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const stamp = stampNow(from);
    for (let k = 0; k < 4; k++) seen.add(stamp.uuid());
  }
  assert.equal(seen.size, 200);
  for (const id of seen)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
