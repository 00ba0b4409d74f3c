// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CpuSample, resourceUsage } from './resource-usage.ts';

const start: CpuSample = { atMs: 1000, userMs: 0, systemMs: 0, byPid: new Map() };

test('CPU is told for the time since the last look, in percent of a core and in MHz', () => {
  const tree = {
    processes: [
      { pid: 5, rssBytes: 100, userMs: 300, systemMs: 100 },
      { pid: 6, rssBytes: 50, userMs: 0, systemMs: 0 },
    ],
    rssBytes: 150,
    userMs: 500,
    systemMs: 100,
  };
  const { usage, sample } = resourceUsage(tree, { atMs: 2000, nowNs: 42, last: start, coreMhz: 2000 });
  assert.equal(usage.Timestamp, 42);
  assert.equal(usage.ResourceUsage?.MemoryStats?.RSS, 150);
  assert.equal(usage.ResourceUsage?.CpuStats?.UserMode, 50);
  assert.equal(usage.ResourceUsage?.CpuStats?.SystemMode, 10);
  assert.equal(usage.ResourceUsage?.CpuStats?.Percent, 60);
  assert.equal(usage.ResourceUsage?.CpuStats?.TotalTicks, 1200);
  assert.equal(usage.Pids?.['5']?.CpuStats?.Percent, 40);
  assert.equal(usage.Pids?.['6']?.MemoryStats?.RSS, 50);

  const later = { ...tree, userMs: 700 };
  const again = resourceUsage(later, { atMs: 4000, nowNs: 43, last: sample, coreMhz: 2000 });
  assert.equal(again.usage.ResourceUsage?.CpuStats?.Percent, 10);
  assert.equal(again.usage.Pids?.['5']?.CpuStats?.Percent, 0);
});

test('time that stands still or CPU time that falls gives no negative or endless numbers', () => {
  const tree = { processes: [], rssBytes: 0, userMs: 10, systemMs: 0 };
  const still = resourceUsage(tree, { atMs: 1000, nowNs: 0, last: start, coreMhz: 1 });
  assert.equal(still.usage.ResourceUsage?.CpuStats?.Percent, 0);
  const last = { ...start, userMs: 1000 };
  const fallen = resourceUsage(tree, { atMs: 2000, nowNs: 0, last, coreMhz: 1 });
  assert.equal(fallen.usage.ResourceUsage?.CpuStats?.Percent, 0);
});
