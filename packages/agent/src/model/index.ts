// SPDX-License-Identifier: MPL-2.0
// Rules about Nomad's objects that do not depend on where they are stored or run.

export * from './alloc.ts';
export * from './plan.ts';
