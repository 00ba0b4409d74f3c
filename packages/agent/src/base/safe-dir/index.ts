// SPDX-License-Identifier: MPL-2.0
// Files below a directory that hostile tasks can write to. See safe-dir.ts for what is promised.

export * from './path.ts';
export * from './safe-dir.ts';
export type { EntryKind, LinkPolicy } from './walk.ts';
