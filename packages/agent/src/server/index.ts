// SPDX-License-Identifier: MPL-2.0
// A server of the region: endpoints over the state, and the leader's duties (eval broker, workers, plan applier,
// heartbeats, deployments, garbage collection). Must not know how agents are configured, HTTP, or the client.

export type { ServerContext } from './context.ts';
export { serverEndpoints, serverStreams } from './endpoints/register.ts';
export { selfMember } from './endpoints/status.ts';
export { defaultEvalBrokerOptions } from './leader/eval-broker.ts';
export type { HeartbeatOptions } from './leader/heartbeats.ts';
export * from './options.ts';
export { Server } from './server.ts';
