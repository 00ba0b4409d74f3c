// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuStats, MemoryStats, make, ResourceUsage } from '@serai/api';
import { FakeHost, VirtualClock } from '#testing';
import { parseMemInfo } from '../host/meminfo.ts';
import { mountOf, parseMountInfo } from '../host/mounts.ts';
import { sumUsage } from './alloc-stats.ts';
import { cpuPercent, parseCpuTimes } from './cpu-times.ts';
import { HostStatsCollector } from './host-stats.ts';

test('host statistics: percentages are of the time since the sample before', async () => {
  const host = new FakeHost();
  const clock = new VirtualClock();
  const collector = new HostStatsCollector({ allocDir: '/a', totalMhz: () => 5200 }, { host, clock });
  await collector.collect();
  host.files.set('/proc/stat', 'cpu0 60 0 10 130 0 0 0 0\ncpu1 10 0 10 180 0 0 0 0\n');
  const stats = await collector.collect();
  assert.deepEqual(stats.CPU?.[0], {
    CPU: 'cpu0',
    User: 50,
    System: 0,
    Idle: 50,
    TotalPercent: 50,
    TotalTicks: 1300,
  });
  assert.equal(stats.CPU?.[1]?.Idle, 100);
  assert.equal(stats.CPUTicksConsumed, 1300);
  assert.deepEqual(stats.Memory, {
    Total: 25_165_824 * 1024,
    Available: 23_068_672 * 1024,
    Used: (25_165_824 - 23_068_672) * 1024,
    Free: 20_971_520 * 1024,
  });
  assert.equal(stats.Uptime, 1234);
  assert.equal(stats.DiskStats?.[0]?.Device, '/dev/vda');
  assert.equal(stats.DiskStats?.[0]?.Mountpoint, '/');
  assert.ok(Math.abs((stats.AllocDirStats?.UsedPercent ?? 0) - (40 / 90) * 100) < 0.01);
  assert.equal(stats.AllocDirStats?.InodesUsedPercent, 10);
  assert.equal(await collector.latest(), stats);
});

test('a machine that tells nothing gives zeros', async () => {
  const host = new FakeHost();
  host.files.clear();
  const collector = new HostStatsCollector(
    { allocDir: '/a', totalMhz: () => 0 },
    { host, clock: new VirtualClock() },
  );
  const stats = await collector.latest();
  assert.deepEqual(stats.CPU, []);
  assert.equal(stats.Memory?.Total, 0);
  assert.equal(stats.Uptime, 0);
});

test('cpu times: a counter that went back gives no nonsense', () => {
  const times = parseCpuTimes('cpu 1 2 3\ncpu0 10 0 10 80\nintr 1\n').get('cpu0');
  assert.ok(times);
  assert.deepEqual(times, { user: 10, system: 10, idle: 80, total: 100 });
  assert.deepEqual(cpuPercent({ ...times, total: 200 }, times), { user: 0, system: 0, idle: 100, total: 0 });
  const odd = cpuPercent({ user: 50, system: 0, idle: 0, total: 50 }, times);
  assert.ok(odd.user >= 0 && odd.user <= 100);
});

test('meminfo of old kernels has no MemAvailable', () => {
  assert.deepEqual(parseMemInfo('MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n'), {
    total: 102_400,
    free: 10_240,
    available: 35 * 1024,
  });
});

test('mounts: the deepest one holds a path, names may have spaces', () => {
  const mounts = parseMountInfo(
    [
      '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 1 8:2 / /my\\040data rw shared:1 - xfs /dev/sdb rw,noquota',
      'broken line',
    ].join('\n'),
  );
  assert.equal(mounts.length, 2);
  assert.equal(mountOf(mounts, '/my data/x')?.source, '/dev/sdb');
  assert.equal(mountOf(mounts, '/my database')?.source, '/dev/sda1');
  assert.deepEqual(mounts[1]?.superOptions, ['rw', 'noquota']);
});

test('usage of an allocation is the sum of its tasks', () => {
  const part = (rss: number, percent: number, measured: string) =>
    make(ResourceUsage, {
      MemoryStats: make(MemoryStats, { RSS: rss, Measured: [measured] }),
      CpuStats: make(CpuStats, { Percent: percent, Measured: ['Percent'] }),
    });
  const sum = sumUsage([part(10, 1.5, 'RSS'), null, part(20, 2, 'Cache')]);
  assert.equal(sum.MemoryStats?.RSS, 30);
  assert.equal(sum.CpuStats?.Percent, 3.5);
  assert.deepEqual(sum.MemoryStats?.Measured, ['RSS', 'Cache']);
  assert.equal(sumUsage([]).MemoryStats?.RSS, 0);
});
