// SPDX-License-Identifier: MPL-2.0
// Nomad's objects in memory: tables with indexes, snapshots, blocking queries, the single writer and its operations.
// Deterministic: no clock, no randomness inside an operation. Must not know which engine stores the rows, nor HTTP or RPC.
// Concurrency: a snapshot never changes; writes go through WriteLoop only, one operation after another.

export * from './defaults.ts';
export type { CreationRange, TableIndexes } from './reader.ts';
export { StateReader } from './reader.ts';
export type * from './state-engine.ts';
export * from './store.ts';
export type { IndexName } from './tables/definitions.ts';
export * from './tables/keys.ts';
export * from './tables/rows.ts';
export { type RowChange, type RowChanges, Tx } from './tx.ts';
export { WatchSet } from './watch.ts';
export * from './write-loop.ts';
