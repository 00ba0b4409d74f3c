// SPDX-License-Identifier: MPL-2.0
// How an RPC method is declared, and the fields that nearly all requests and replies share.

import { bool, duration, int, type Schema, type Static, str, struct, uint } from '../schema.ts';

/**
 * Fields of a read (Go's QueryOptions). Region is required. MinQueryIndex > 0 makes it a blocking query of at most
 * MaxQueryTime nanoseconds (0: 300 s). AuthToken: ACL secret, workload identity or node secret.
 */
export const queryOptions = {
  Region: str,
  Namespace: str,
  MinQueryIndex: uint,
  MaxQueryTime: duration,
  AllowStale: bool,
  Prefix: str,
  Filter: str,
  AuthToken: str,
  PerPage: int,
  NextToken: str,
  Reverse: bool,
  Forwarded: bool,
} as const;

/** Fields of a write (Go's WriteRequest). */
export const writeRequest = {
  Region: str,
  Namespace: str,
  AuthToken: str,
  IdempotencyToken: str,
  Forwarded: bool,
} as const;

/** LastContact in nanoseconds since the answering server heard from the leader. */
export const queryMeta = { Index: uint, LastContact: duration, KnownLeader: bool, NextToken: str } as const;
export const writeMeta = { Index: uint } as const;

export const QueryOptions = struct('QueryOptions', queryOptions);
export interface QueryOptions extends Static<typeof QueryOptions> {}
export const QueryMeta = struct('QueryMeta', queryMeta);
export interface QueryMeta extends Static<typeof QueryMeta> {}
export const WriteRequest = struct('WriteRequest', writeRequest);
export interface WriteRequest extends Static<typeof WriteRequest> {}
export const WriteMeta = struct('WriteMeta', writeMeta);
export interface WriteMeta extends Static<typeof WriteMeta> {}

export const GenericRequest = struct('GenericRequest', { ...queryOptions });
export const GenericResponse = struct('GenericResponse', { ...writeMeta });
/** A read that takes nothing but the options of every read. */
export interface GenericRequest extends Static<typeof GenericRequest> {}

export interface RpcMethod<Request extends Schema = Schema, Reply extends Schema = Schema> {
  /** `Service.Method` */
  readonly name: string;
  readonly request: Request;
  readonly reply: Reply;
  /** A read may be sent again after the connection broke; a write may not. */
  readonly access: 'read' | 'write';
}

export type RequestOf<M extends { readonly request: Schema }> = Static<M['request']>;
export type ReplyOf<M extends { readonly reply: Schema }> = Static<M['reply']>;

export function method<Request extends Schema, Reply extends Schema>(
  name: string,
  shapes: { readonly request: Request; readonly reply: Reply },
): RpcMethod<Request, Reply> {
  return { name, request: shapes.request, reply: shapes.reply, access: accessOf(shapes.request) };
}

/** Only reads carry MinQueryIndex; a request without any common field (Status.Ping of old clients) reads too. */
function accessOf(request: Schema): 'read' | 'write' {
  const fields = request.fields ?? {};
  return 'MinQueryIndex' in fields || !('Region' in fields) ? 'read' : 'write';
}

/**
 * A call that stays open and carries frames. Frames are plain objects of the declared shapes; `bytes` inside a frame
 * (see `rawBytes`) are Uint8Array, not base64.
 */
export interface StreamMethod<Request extends Schema = Schema> {
  readonly name: string;
  readonly request: Request;
  /** Frames from the callee to the caller. */
  readonly receive: Schema;
  /** Frames from the caller to the callee; missing when the caller sends none. */
  readonly send?: Schema;
  /** After its first frame the callee sends raw bytes: frames are then Uint8Array pieces. */
  readonly rawTail?: true;
  /** How the callee reports a failure: an Error member (StreamErrWrapper), or ErrorCode and ErrorMsg. */
  readonly failure: 'wrapper' | 'message';
}

export function streamMethod<Request extends Schema>(
  name: string,
  shape: Omit<StreamMethod<Request>, 'name'>,
): StreamMethod<Request> {
  return { name, ...shape };
}

/** []byte inside a stream frame: Uint8Array in memory. */
export const rawBytes: Schema<Uint8Array | null> & { readonly kind: 'bytes'; readonly raw: true } = {
  kind: 'bytes',
  raw: true,
};
