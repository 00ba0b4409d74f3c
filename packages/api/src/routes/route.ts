// SPDX-License-Identifier: MPL-2.0
// What a route declares about itself. A missing field does not compile: who may call it, how large its body may be and
// how it is recorded are part of the declaration, not of a handler.

import type { Input, Schema } from '../schema.ts';
import type { QuerySpec } from './query.ts';

export type HttpMethod = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** Nomad takes PUT and POST alike for nearly all writes. The first one is what the api client sends. */
export const write: readonly HttpMethod[] = ['PUT', 'POST'];
export const read: readonly HttpMethod[] = ['GET'];
export const remove: readonly HttpMethod[] = ['DELETE'];
export const putOnly: readonly HttpMethod[] = ['PUT'];

export interface Security {
  /** `anyone`: no identity needed. `user`: a token, or the anonymous identity where ACLs are off. */
  readonly callers: 'anyone' | 'user';
  /** What the caller needs, in the words of the API reference; checked on the loaded object by the RPC endpoint. */
  readonly capability: string;
  /** Largest request body in bytes; 0: a body is not read. */
  readonly bodyLimitBytes: number;
  /** `read` and `write` are cheap, `expensive` are those that work long or much, `stream` those that stay open. */
  readonly rate: 'read' | 'write' | 'expensive' | 'stream';
  /** How the call is recorded: not at all, as a read, as a change, as a change that must be recorded first. */
  readonly audit: 'none' | 'read' | 'write' | 'critical';
}

/** A list or a single object of a few hundred bytes never needs more: 64 KiB. */
export const smallBodyBytes = 64 * 1024;
/** The payload of a dispatched job, in base64, and its metadata: 128 KiB. */
export const dispatchBodyBytes = 128 * 1024;
/** A job with its templates and its source text: 4 MiB. Larger ones would hold up the event loop while they are read. */
export const jobBodyBytes = 4 * 1024 * 1024;
/** A whole state archive: 4 GiB. It is streamed, never held in memory. */
export const snapshotBodyBytes = 4 * 1024 * 1024 * 1024;

export type ResponseSpec<R = unknown> =
  | { readonly kind: 'json'; readonly schema: Schema<R> }
  | { readonly kind: 'empty' | 'text' | 'bytes' | 'stream' };

export type RequestSpec<B = unknown> =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'json';
      readonly schema: Schema;
      /** an empty body is as good as none */
      readonly optional?: boolean;
      /** only the fields that were given, instead of zero values for the rest */
      readonly sparse?: boolean;
      /** Phantom: never present at run time. */
      readonly _type?: B;
    }
  /** the raw body as it arrives */
  | { readonly kind: 'stream' };

export interface Route<P extends string = string, Q extends QuerySpec = QuerySpec, B = unknown, R = unknown> {
  /** `jobs.list`: unique, also the label in metrics. */
  readonly name: string;
  readonly methods: readonly HttpMethod[];
  /** `/v1/job/:id/plan`. An id may hold '/': the end of the path picks the action. */
  readonly path: P;
  /** Own parameters; the common ones (region, namespace, …) belong to every route. */
  readonly query: Q;
  readonly request: RequestSpec<B>;
  readonly response: ResponseSpec<R>;
  /** Takes `index` and `wait`. */
  readonly blocking: boolean;
  /** Takes `per_page`, `next_token`, `filter`. */
  readonly paginated: boolean;
  readonly security: Security;
  /** Extra methods that browsers of other origins may use (GET and HEAD are implied); undefined: none at all. */
  readonly cors?: boolean;
}

export function route<const P extends string, const Q extends QuerySpec, B = undefined, R = undefined>(
  declaration: Route<P, Q, B, R>,
): Route<P, Q, B, R> {
  return declaration;
}

/** `{ id: string }` for `/v1/job/:id/plan`. */
export type ParamsOf<P extends string> = P extends `${string}/:${infer Name}/${infer Rest}`
  ? { readonly [K in Name | keyof ParamsOf<`/${Rest}`>]: string }
  : P extends `${string}/:${infer Name}`
    ? { readonly [K in Name]: string }
    : Readonly<Record<never, string>>;

export type PathOf<R> = R extends Route<infer P, QuerySpec, unknown, unknown> ? P : never;
export type QuerySpecOf<R> = R extends Route<string, infer Q, unknown, unknown> ? Q : never;
export type BodyOf<R> = R extends Route<string, QuerySpec, infer B, unknown> ? B : never;
export type ResponseOf<R> = R extends Route<string, QuerySpec, infer _B, infer T> ? T : never;

export const noBody: RequestSpec<undefined> = { kind: 'none' };
/** The body is sent and read piece by piece. */
export const streamBody: RequestSpec<AsyncIterable<Uint8Array>> = { kind: 'stream' };
export const emptyResponse: ResponseSpec<undefined> = { kind: 'empty' };
export const textResponse: ResponseSpec<string> = { kind: 'text' };
export const byteResponse: ResponseSpec<Uint8Array> = { kind: 'bytes' };
export const streamResponse: ResponseSpec<undefined> = { kind: 'stream' };

export function json<T>(schema: Schema<T>): ResponseSpec<T> {
  return { kind: 'json', schema };
}
export function body<T>(schema: Schema<T>): RequestSpec<T> {
  return { kind: 'json', schema };
}
export function optionalBody<T>(schema: Schema<T>): RequestSpec<T | undefined> {
  return { kind: 'json', schema, optional: true };
}
export function sparseBody<T>(schema: Schema<T>): RequestSpec<Input<T>> {
  return { kind: 'json', schema, sparse: true };
}
