// SPDX-License-Identifier: MPL-2.0
// Nomad's RPC protocol: selector byte, yamux, msgpack-RPC, streaming calls, reverse calls over the client's connection,
// connection pool. Knows the shapes of requests and replies, never what they mean: must not know server or client.
// Everything runs on the event loop of one thread; handlers may run at the same time, one per stream.

export * from './caller.ts';
export * from './context.ts';
export * from './local-caller.ts';
export * from './node-connections.ts';
export { Router } from './router.ts';
export { frameError, payloads } from './stream-failure.ts';
