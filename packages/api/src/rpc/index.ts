// SPDX-License-Identifier: MPL-2.0
// Every RPC method, declared once: name, request, reply. Client, server and codec all read these.

export * from './agent.ts';
export * from './alloc.ts';
export * from './client-allocations.ts';
export * from './deployment.ts';
export * from './eval.ts';
export * from './event.ts';
export * from './file-system.ts';
export * from './job.ts';
export * from './method.ts';
export * from './namespace.ts';
export * from './node.ts';
export * from './operator.ts';
export * from './periodic.ts';
export * from './scaling.ts';
export * from './search.ts';
export * from './status.ts';
export * from './stream-frames.ts';
export * from './system.ts';
