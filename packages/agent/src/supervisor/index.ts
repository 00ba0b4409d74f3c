// SPDX-License-Identifier: MPL-2.0
// Keeps task processes alive and records how they ended while no agent runs. One small native helper per task
// (native/supervisor.c) owns the process; the classes here start helpers, find them again and talk to them.
// Knows processes, users, log files and cgroups; must not know jobs, allocations or drivers.

export * from './cgroup.ts';
export * from './helper-binary.ts';
export * from './identity.ts';
export * from './signals.ts';
export * from './spec.ts';
export * from './supervised-task.ts';
export * from './supervisor.ts';
export type { ProcessUsage, TreeUsage } from './usage.ts';
