// SPDX-License-Identifier: MPL-2.0
// Nomad's API objects, one declaration each, with the decoder that follows Go's rules. Isomorphic: no Node, no DOM.

export * from './client/index.ts';
export * from './decode.ts';
export * from './duration.ts';
export * from './objects/allocation.ts';
export * from './objects/deployment.ts';
export * from './objects/diff.ts';
export * from './objects/evaluation.ts';
export * from './objects/job.ts';
export * from './objects/node.ts';
export * from './objects/scaling.ts';
export * from './objects/stats.ts';
export * from './routes/index.ts';
export * from './rpc/index.ts';
export * from './schema.ts';
