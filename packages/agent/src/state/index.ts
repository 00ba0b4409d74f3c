// SPDX-License-Identifier: MPL-2.0
// Nomad's objects in memory: tables with indexes, snapshots, blocking queries, the single writer and its operations.
// Deterministic: no clock, no randomness inside an operation. Must not know which engine stores the rows, nor HTTP or RPC.
// Concurrency: a snapshot never changes; writes go through WriteLoop only, one operation after another.

export type { CommittedOperation } from './batch.ts';
export * from './defaults.ts';
export { StateFollower, type StateFollowerDependencies } from './follower.ts';
// Operations: pure functions over a Tx, for WriteLoop.write.
export * from './operations/alloc/alloc.ts';
export * from './operations/configuration.ts';
export * from './operations/deployment.ts';
export * from './operations/deployment-row.ts';
export * from './operations/evaluation.ts';
export * from './operations/job/job.ts';
export { reconcileSummaries } from './operations/job/job-summary.ts';
export { setStable, trackedVersions } from './operations/job/job-version.ts';
export { recordPeriodicLaunch } from './operations/job/periodic-launch.ts';
export { addScalingEvent, maxScalingEvents, type ScalingEventInput } from './operations/job/scaling.ts';
export * from './operations/node.ts';
export * from './operations/plan.ts';
export * from './operations/setup.ts';
export type { CreationRange, TableIndexes } from './reader.ts';
export { StateReader } from './reader.ts';
export type { SnapshotMeta } from './snapshot/archive.ts';
export * from './snapshot/snapshot.ts';
export type * from './state-engine.ts';
export * from './store.ts';
export type { IndexName } from './tables/definitions.ts';
export * from './tables/keys.ts';
export * from './tables/rows.ts';
export { type RowChange, type RowChanges, Tx } from './tx.ts';
export { WatchSet } from './watch.ts';
export * from './write-loop.ts';
