// SPDX-License-Identifier: MPL-2.0
// What a task's processes use at this moment.

import type { Cgroups } from './cgroup.ts';
import { descendantsOf, type ProcStat, readStat, ticksPerSecond } from './proc.ts';

/** Most processes of one task that are looked at, about 20 µs each; a fork bomb must not stop the agent. */
const maxProcesses = 1024;

export interface ProcessUsage {
  readonly pid: number;
  readonly rssBytes: number;
  readonly userMs: number;
  readonly systemMs: number;
}

export interface TreeUsage {
  readonly processes: readonly ProcessUsage[];
  readonly rssBytes: number;
  /** CPU time since the start, also of processes that are gone */
  readonly userMs: number;
  readonly systemMs: number;
}

export async function treeUsage(
  task: { readonly supervisorPid: number; readonly cgroup?: string },
  { cgroups, pageBytes }: { cgroups: Cgroups; pageBytes: number },
): Promise<TreeUsage> {
  const inCgroup = task.cgroup === undefined ? [] : await cgroups.pids(task.cgroup);
  const pids =
    inCgroup.length > 0 ? inCgroup.slice(0, maxProcesses) : descendantsOf(task.supervisorPid, maxProcesses);
  const stats = pids.map(readStat).filter((stat) => stat !== undefined);
  const processes = stats.map((stat) => processUsage(stat, pageBytes));
  const cpu =
    (task.cgroup === undefined ? undefined : await cgroups.cpuTime(task.cgroup)) ??
    cpuOfTree(stats, readStat(task.supervisorPid));
  return { processes, rssBytes: processes.reduce((sum, { rssBytes }) => sum + rssBytes, 0), ...cpu };
}

function processUsage(stat: ProcStat, pageBytes: number): ProcessUsage {
  return {
    pid: stat.pid,
    rssBytes: stat.rssPages * pageBytes,
    userMs: ticksToMs(stat.userTicks),
    systemMs: ticksToMs(stat.systemTicks),
  };
}

/** What ended counts in whoever waited for it; what nobody waited for, in the supervisor. So the sum never falls. */
function cpuOfTree(
  stats: readonly ProcStat[],
  supervisor: ProcStat | undefined,
): { userMs: number; systemMs: number } {
  let userTicks = supervisor?.childUserTicks ?? 0;
  let systemTicks = supervisor?.childSystemTicks ?? 0;
  for (const stat of stats) {
    userTicks += stat.userTicks + stat.childUserTicks;
    systemTicks += stat.systemTicks + stat.childSystemTicks;
  }
  return { userMs: ticksToMs(userTicks), systemMs: ticksToMs(systemTicks) };
}

function ticksToMs(ticks: number): number {
  return (ticks * 1000) / ticksPerSecond;
}
