// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { VirtualClock } from '#testing';
import { Heartbeats } from './heartbeats.ts';

function heartbeats(): { beats: Heartbeats; clock: VirtualClock; expired: string[] } {
  const clock = new VirtualClock();
  const expired: string[] = [];
  const beats = new Heartbeats(
    { minTtlMs: 10_000, maxPerSecond: 50, graceMs: 10_000, failoverTtlMs: 300_000 },
    { clock, random: seededRandom(7), onExpired: (id) => expired.push(id) },
  );
  return { beats, clock, expired };
}

test('the TTL is between the minimum and twice the minimum', () => {
  const { beats } = heartbeats();
  beats.enable([]);
  for (let i = 0; i < 100; i++) {
    const ttlMs = beats.reset('n1');
    assert.ok(ttlMs >= 10_000 && ttlMs <= 20_000, String(ttlMs));
  }
});

test('many nodes get longer TTLs', () => {
  const { beats } = heartbeats();
  beats.enable(Array.from({ length: 5_000 }, (_, i) => `n${i}`));
  assert.ok(beats.reset('n1') >= 100_000);
});

test('a silent node expires after TTL and grace, a heard one does not', async () => {
  const { beats, clock, expired } = heartbeats();
  beats.enable([]);
  const ttlMs = beats.reset('n1');
  await clock.advance(ttlMs + 9_000);
  beats.reset('n1');
  await clock.advance(5_000);
  assert.deepEqual(expired, []);
  await clock.advance(30_000);
  assert.deepEqual(expired, ['n1']);
  assert.equal(beats.active, 0);
});

test('a new leader gives all nodes the fail-over TTL', async () => {
  const { beats, clock, expired } = heartbeats();
  beats.enable(['n1', 'n2']);
  await clock.advance(299_000);
  assert.deepEqual(expired, []);
  beats.clear('n2');
  await clock.advance(1_000);
  assert.deepEqual(expired, ['n1']);
});

test('a follower keeps no timer', () => {
  const { beats, clock } = heartbeats();
  beats.reset('n1');
  assert.equal(clock.pendingTimers, 0);
  beats.enable(['n1']);
  beats.disable();
  assert.equal(clock.pendingTimers, 0);
});
