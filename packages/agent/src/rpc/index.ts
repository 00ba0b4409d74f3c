// SPDX-License-Identifier: MPL-2.0
// Nomad's RPC protocol: selector byte, yamux, msgpack-RPC, streaming calls, reverse calls over the client's connection,
// connection pool. Knows the shapes of requests and replies, never what they mean: must not know server or client.
// Everything runs on the event loop of one thread; handlers may run at the same time, one per stream.

export * from './caller.ts';
export * from './context.ts';
export { defaultMessageLimits, defaultRpcPort, type MessageLimits } from './limits.ts';
export * from './local/local-caller.ts';
export * from './node-connections.ts';
export {
  ConnectionPool,
  type ConnectionPoolOptions,
  clientPool,
  serverPool,
} from './pool/connection-pool.ts';
export { type Dial, parseAddress, tcpDial } from './pool/dial.ts';
export { ServerList } from './pool/server-list.ts';
export { ServersCaller, type ServersCallerOptions } from './pool/servers-caller.ts';
export { Router } from './router.ts';
export { RpcListener, type RpcListenerOptions } from './server/rpc-listener.ts';
export { frameError, payloads } from './stream-failure.ts';
export { connectionFailure } from './wire-error.ts';
