// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstHeartbeatMs, heartbeatRetryMs, spread } from './retry.ts';

const low = { float: () => 0 };
const high = { float: () => 0.999 };

test('a wait is between its base and twice that', () => {
  assert.equal(spread(1000, low), 1000);
  assert.ok(spread(1000, high) < 2000);
});

test('after a failed heartbeat: soon while the TTL can still be kept or was just missed', () => {
  const at = (expiresMs: number | undefined, random = high, leaderless = false) =>
    heartbeatRetryMs({ expiresMs, nowMs: 100_000, leaderless, random });
  assert.ok(at(99_000) <= 2_000, 'just missed');
  assert.ok(at(104_000) <= 4_000, 'within what is left');
  assert.equal(at(104_000, low), 1_000, 'but never at once');
  assert.ok(at(900_000) <= 30_000, 'not too long either');
  assert.ok(at(10_000) >= 1_000 && at(10_000) <= 30_000, 'missed long ago: spread out');
  assert.ok(at(undefined, low) >= 15_000, 'never had one');
  assert.ok(at(104_000, low, true) >= 15_000, 'no leader');
});

test('first heartbeats of a large cluster are spread over ten seconds, a small one does not wait', () => {
  assert.ok(firstHeartbeatMs(1, high) < 20);
  assert.ok(firstHeartbeatMs(100_000, high) < 10_000);
  assert.ok(firstHeartbeatMs(100_000, high) > 9_000);
});
