// SPDX-License-Identifier: MPL-2.0
// Fakes and factories for tests. Imported by tests only.

export * from './mock-alloc.ts';
export * from './mock-eval.ts';
export * from './mock-job.ts';
export * from './mock-node.ts';
export * from './virtual-clock.ts';
