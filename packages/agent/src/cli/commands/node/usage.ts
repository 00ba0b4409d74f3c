// SPDX-License-Identifier: MPL-2.0
// What is allocated and used on a node.

import { type Allocation, ApiError, type HostStats, routes } from '@serai/api';
import type { Api } from '../../connection/api.ts';
import { formatBytes } from '../../output/format.ts';
import { formatKeyValue, formatList, type Ui } from '../../output/ui.ts';
import { heading } from '../job/sections.ts';
import type { ShownNode } from './sections.ts';

const bytesPerMiB = 1024 * 1024;

/** Allocations whose usage is asked for at the same time. */
const maxRequests = 8;

/** Undefined for a node that can't be reached. */
export function hostStats(api: Api, id: string): Promise<HostStats | undefined> {
  return orUnreachable(api.client.value(routes.client.stats, { query: { node_id: id } }));
}

async function orUnreachable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** The scheduler's way of counting, so that the numbers are those it places by. Loaded only for this. */
export async function allocatedText(node: ShownNode, allocs: readonly Allocation[], ui: Ui): Promise<string> {
  const { allocResourcesTotal, isTerminal, nodeAvailableResources } = await import('#model');
  const total = nodeAvailableResources(node);
  const used = allocs.filter((alloc) => !isTerminal(alloc)).map(allocResourcesTotal);
  const sum = (pick: (one: (typeof used)[number]) => number): number =>
    used.reduce((all, one) => all + pick(one), 0);
  const mib = (value: number): string => formatBytes(value * bytesPerMiB);
  const table = formatList([
    ['CPU', 'Memory', 'Disk'],
    [
      `${sum((one) => one.cpuShares)}/${total.cpuShares} MHz`,
      `${mib(sum((one) => one.memoryMb))}/${mib(total.memoryMb)}`,
      `${mib(sum((one) => one.diskMb))}/${mib(total.diskMb)}`,
    ],
  ]);
  return `${heading(ui, 'Allocated Resources')}\n${table}`;
}

/** What the running allocations use now. */
export async function allocUsageText(
  api: Api,
  of: { readonly node: ShownNode; readonly allocs: readonly Allocation[]; readonly ui: Ui },
): Promise<string> {
  const { node, allocs, ui } = of;
  const { nodeAvailableResources } = await import('#model');
  const total = nodeAvailableResources(node);
  const running = allocs.filter((alloc) => alloc.ClientStatus === 'running');
  let [ticks, memory] = [0, 0];
  for (let i = 0; i < running.length; i += maxRequests) {
    const usages = running
      .slice(i, i + maxRequests)
      .map(({ ID: id }) => orUnreachable(api.client.value(routes.client.allocStats, { params: { id } })));
    for (const usage of await Promise.all(usages)) {
      ticks += usage?.ResourceUsage?.CpuStats?.TotalTicks ?? 0;
      const { MemoryStats } = usage?.ResourceUsage ?? {};
      memory += MemoryStats ? MemoryStats.Usage || MemoryStats.RSS : 0;
    }
  }
  const table = formatList([
    ['CPU', 'Memory'],
    [
      `${Math.round(ticks)}/${total.cpuShares} MHz`,
      `${formatBytes(memory)}/${formatBytes(total.memoryMb * bytesPerMiB)}`,
    ],
  ]);
  return `${heading(ui, 'Allocation Resource Utilization')}\n${table}`;
}

export function hostText(stats: HostStats, ui: Ui): string {
  const { Memory: memory, AllocDirStats: disk } = stats;
  const table = formatList([
    ['CPU', 'Memory', 'Disk'],
    [
      `${Math.round(stats.CPUTicksConsumed)} MHz`,
      memory ? `${formatBytes(memory.Used)}/${formatBytes(memory.Total)}` : 'unknown',
      disk ? `${formatBytes(disk.Used)}/${formatBytes(disk.Size)}` : 'unknown',
    ],
  ]);
  return `${heading(ui, 'Host Resource Utilization')}\n${table}`;
}

/** With -stats: each processor and disk. */
export function hostDetailText(stats: HostStats, ui: Ui): string {
  const percent = (value: number): string => `${value.toFixed(2)}%`;
  const cpus = (stats.CPU ?? []).map((cpu) =>
    formatKeyValue([
      ['CPU', cpu.CPU],
      ['User', percent(cpu.User)],
      ['System', percent(cpu.System)],
      ['Idle', percent(cpu.Idle)],
    ]),
  );
  const disks = (stats.DiskStats ?? []).map((disk) =>
    formatKeyValue([
      ['Device', disk.Device],
      ['MountPoint', disk.Mountpoint],
      ['Size', formatBytes(disk.Size)],
      ['Used', formatBytes(disk.Used)],
      ['Available', formatBytes(disk.Available)],
      ['Used Percent', percent(disk.UsedPercent)],
      ['Inodes Percent', percent(disk.InodesUsedPercent)],
    ]),
  );
  const memory = stats.Memory
    ? formatKeyValue([
        ['Total', formatBytes(stats.Memory.Total)],
        ['Available', formatBytes(stats.Memory.Available)],
        ['Used', formatBytes(stats.Memory.Used)],
        ['Free', formatBytes(stats.Memory.Free)],
      ])
    : 'unknown';
  return [
    `${heading(ui, 'CPU Stats')}\n${cpus.join('\n\n')}`,
    `${heading(ui, 'Memory Stats')}\n${memory}`,
    ...(disks.length === 0 ? [] : [`${heading(ui, 'Disk Stats')}\n${disks.join('\n\n')}`]),
  ].join('\n\n');
}
