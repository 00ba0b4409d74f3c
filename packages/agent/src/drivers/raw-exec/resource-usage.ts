// SPDX-License-Identifier: MPL-2.0
// What processes use, in the shape of Nomad's API.

import { CpuStats, MemoryStats, make, ResourceUsage, TaskResourceUsage } from '@serai/api';
import type { TreeUsage } from '#supervisor';

const measuredCpu = ['System Mode', 'User Mode', 'Percent'] as const;
const measuredMemory = ['RSS'] as const;

export interface CpuTime {
  readonly userMs: number;
  readonly systemMs: number;
}

/** CPU time as it was at the last look: usage is told for the time since then. */
export interface CpuSample extends CpuTime {
  /** monotonic */
  readonly atMs: number;
  readonly byPid: ReadonlyMap<number, CpuTime>;
}

export interface UsageContext {
  readonly atMs: number;
  /** Unix */
  readonly nowNs: number;
  readonly last: CpuSample;
  readonly coreMhz: number;
}

export function resourceUsage(
  tree: TreeUsage,
  context: UsageContext,
): { usage: TaskResourceUsage; sample: CpuSample } {
  const { atMs, last, nowNs } = context;
  const elapsedMs = atMs - last.atMs;
  const pids: Record<string, ResourceUsage> = {};
  for (const process of tree.processes) {
    // a process that was not there before has used its time since then
    const before = last.byPid.get(process.pid) ?? { userMs: 0, systemMs: 0 };
    pids[String(process.pid)] = usageOf(process, { before, elapsedMs, coreMhz: context.coreMhz });
  }
  const total = usageOf(tree, { before: last, elapsedMs, coreMhz: context.coreMhz });
  return {
    usage: make(TaskResourceUsage, { ResourceUsage: total, Timestamp: nowNs, Pids: pids }),
    sample: {
      atMs,
      userMs: tree.userMs,
      systemMs: tree.systemMs,
      byPid: new Map(tree.processes.map((process) => [process.pid, process])),
    },
  };
}

function usageOf(
  now: CpuTime & { readonly rssBytes: number },
  since: { before: CpuTime; elapsedMs: number; coreMhz: number },
): ResourceUsage {
  const percent = (fromMs: number, toMs: number): number =>
    since.elapsedMs <= 0 ? 0 : (Math.max(0, toMs - fromMs) / since.elapsedMs) * 100;
  const user = percent(since.before.userMs, now.userMs);
  const system = percent(since.before.systemMs, now.systemMs);
  return make(ResourceUsage, {
    MemoryStats: make(MemoryStats, { RSS: now.rssBytes, Usage: now.rssBytes, Measured: measuredMemory }),
    CpuStats: make(CpuStats, {
      UserMode: user,
      SystemMode: system,
      Percent: user + system,
      TotalTicks: ((user + system) / 100) * since.coreMhz,
      Measured: measuredCpu,
    }),
  });
}
