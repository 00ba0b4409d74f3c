// SPDX-License-Identifier: MPL-2.0
// How a method of the server is declared: the call itself, who may make it and how it counts. One table of these is
// what authorization, rate limits and audit read; a field that is missing does not compile.

import type { ReplyOf, RequestOf, RpcMethod, StreamMethod } from '@serai/api';
import type { Handler, StreamHandler } from '#rpc';

export interface Access {
  /** who may call at all */
  readonly callers: readonly ('anyone' | 'user' | 'client' | 'server')[];
  /** what a user's token must allow; `none` where the call reveals nothing worth protecting */
  readonly capability: string;
  /** of which namespace: the request's, the loaded object's, or of none */
  readonly namespace: 'request' | 'object' | 'none';
  readonly rate: 'read' | 'list' | 'write' | 'stream';
  readonly audit: 'none' | 'read' | 'write';
}

export interface Endpoint {
  readonly method: RpcMethod;
  readonly access: Access;
  readonly handler: Handler<RpcMethod>;
}
export interface StreamEndpoint {
  readonly method: StreamMethod;
  readonly access: Access;
  readonly handler: StreamHandler<StreamMethod>;
}

export function endpoint<M extends RpcMethod>(method: M, access: Access, handler: Handler<M>): Endpoint {
  // The router calls it with this method's arguments only.
  return { method, access, handler: handler as unknown as Handler<RpcMethod> };
}

export function streamEndpoint<M extends StreamMethod>(
  method: M,
  access: Access,
  handler: StreamHandler<M>,
): StreamEndpoint {
  return { method, access, handler: handler as unknown as StreamHandler<StreamMethod> };
}

/** Reads of one object or of a list in a namespace. */
export const reads = (capability: string, rate: 'read' | 'list' = 'read'): Access => ({
  callers: ['user', 'server'],
  capability,
  namespace: 'request',
  rate,
  audit: 'read',
});
/** Reads of an object that is found by its id alone: its own namespace counts. */
export const readsObject = (capability: string): Access => ({ ...reads(capability), namespace: 'object' });
export const writes = (capability: string, namespace: Access['namespace'] = 'request'): Access => ({
  callers: ['user', 'server'],
  capability,
  namespace,
  rate: 'write',
  audit: 'write',
});
/** What a client agent calls for its own node. */
export const clientOnly = (rate: Access['rate']): Access => ({
  callers: ['client', 'server'],
  capability: 'none',
  namespace: 'none',
  rate,
  audit: 'none',
});
/** What client agents read as well: objects that their own allocations need. */
export const readsWithClients = (access: Access): Access => ({
  ...access,
  callers: ['client', ...access.callers],
});
export const open: Access = {
  callers: ['anyone'],
  capability: 'none',
  namespace: 'none',
  rate: 'read',
  audit: 'none',
};

export type Args<M extends RpcMethod> = RequestOf<M>;
export type Reply<M extends RpcMethod> = ReplyOf<M>;
