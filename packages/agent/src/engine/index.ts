// SPDX-License-Identifier: MPL-2.0
// State engines: an ordered, durable, fenced store of rows, and who leads. Knows keys and bytes; must not know what a
// job or a node is. One commit at a time; snapshots may be streamed while commits go on.

export * from './contract.ts';
export { DirectoryLock } from './embedded/directory-lock.ts';
export type { Disk, DiskFile } from './embedded/disk.ts';
export { nodeDisk } from './embedded/disk.ts';
export * from './embedded/embedded-engine.ts';
export { MemoryEngine } from './memory/memory-engine.ts';
export { readSnapshot } from './read-snapshot.ts';
