// SPDX-License-Identifier: MPL-2.0
// What an allocation uses: its tasks one by one, and their sum.

import type { AllocResourceUsage, ResourceUsage, TaskResourceUsage } from '@serai/api';
import { AppError } from '#base';
import type { AllocRunner } from '../alloc-runner/alloc-runner.ts';

/** Of one task, or of all that run (name ""). */
export async function allocUsage(runner: AllocRunner, taskName: string): Promise<AllocResourceUsage> {
  const wanted = taskName === '' ? [...runner.tasks.values()] : [runner.task(taskName)];
  const tasks: Record<string, TaskResourceUsage> = {};
  for (const task of wanted) {
    const usage = await task.stats().catch((error: unknown) => {
      // it ended meanwhile
      if (error instanceof AppError && error.code === 'not-found') return undefined;
      throw error;
    });
    if (usage) tasks[task.name] = usage;
  }
  const list = Object.values(tasks);
  return {
    ResourceUsage: sumUsage(list.map((task) => task.ResourceUsage)),
    Tasks: tasks,
    Timestamp: Math.max(0, ...list.map((task) => task.Timestamp)),
  };
}

type Memory = NonNullable<ResourceUsage['MemoryStats']>;
type Cpu = NonNullable<ResourceUsage['CpuStats']>;

export function sumUsage(parts: readonly (ResourceUsage | null)[]): ResourceUsage {
  const memory: Memory = {
    RSS: 0,
    Cache: 0,
    Swap: 0,
    MappedFile: 0,
    Usage: 0,
    MaxUsage: 0,
    KernelUsage: 0,
    KernelMaxUsage: 0,
    Measured: [],
  };
  const cpu: Cpu = {
    SystemMode: 0,
    UserMode: 0,
    TotalTicks: 0,
    ThrottledPeriods: 0,
    ThrottledTime: 0,
    Percent: 0,
    Measured: [],
  };
  return parts.reduce<{ MemoryStats: Memory; CpuStats: Cpu; DeviceStats: readonly unknown[] }>(
    (sum, part) => ({
      MemoryStats: addNumbers(sum.MemoryStats, part?.MemoryStats ?? null),
      CpuStats: addNumbers(sum.CpuStats, part?.CpuStats ?? null),
      DeviceStats: sum.DeviceStats,
    }),
    { MemoryStats: memory, CpuStats: cpu, DeviceStats: [] },
  );
}

/** Numbers are added; the list of what was measured is united. */
function addNumbers<T extends { readonly Measured: readonly string[] | null }>(sum: T, part: T | null): T {
  if (!part) return sum;
  const out: Record<string, unknown> = { ...sum };
  for (const [key, value] of Object.entries(part)) {
    if (typeof value === 'number') out[key] = value + Number(out[key] ?? 0);
  }
  out['Measured'] = [...new Set([...(sum.Measured ?? []), ...(part.Measured ?? [])])];
  return out as T;
}
