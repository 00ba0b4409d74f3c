// SPDX-License-Identifier: MPL-2.0
// Calls a declared route and returns its declared answer. Knows no network: the transport is passed in.

import { decode } from '../decode.ts';
import type { StreamFrame } from '../objects/stats.ts';
import type { QuerySpec, ResponseOf, Route } from '../routes/index.ts';
import type { QueryMeta } from '../rpc/method.ts';
import { ApiError, maxErrorTextLength } from './api-error.ts';
import { JsonSplitter } from './json-splitter.ts';
import { buildPath, buildQuery, type CommonOptions, type RouteInput } from './request.ts';
import type { ApiRequest, ApiResponse, ApiTransport, CancelSignal } from './transport.ts';

export interface ApiClientOptions {
  /** Sent with each request that names none. */
  readonly region?: string;
  readonly namespace?: string;
  /** ACL secret or workload identity */
  readonly token?: string;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiReply<T> {
  readonly value: T;
  readonly meta: QueryMeta;
}

type AnyRoute<B, R> = Route<string, QuerySpec, B, R>;
interface LooseInput {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly options?: CommonOptions;
  readonly signal?: CancelSignal;
}

export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #transport: ApiTransport;

  constructor(options: ApiClientOptions, dependencies: { readonly transport: ApiTransport }) {
    this.#options = options;
    this.#transport = dependencies.transport;
  }

  /** A client for another region, namespace or token over the same transport. */
  with(options: ApiClientOptions): ApiClient {
    return new ApiClient({ ...this.#options, ...options }, { transport: this.#transport });
  }

  /** The answer and what the headers say about it. Throws an ApiError for every status but 2xx. */
  async request<R extends Route>(route: R, input: RouteInput<R>): Promise<ApiReply<ResponseOf<R>>> {
    const response = await this.open(route, input);
    const text = await response.text();
    return { value: decodeAnswer(route, text) as ResponseOf<R>, meta: readMeta(response.headers) };
  }

  /** Only the answer. */
  async value<R extends Route>(route: R, input: RouteInput<R>): Promise<ResponseOf<R>> {
    return (await this.request(route, input)).value;
  }

  /** The open answer, for bodies that are read piece by piece: files, logs, archives. */
  async open<R extends Route>(route: R, input: RouteInput<R>): Promise<ApiResponse> {
    return await this.#open(route as AnyRoute<unknown, unknown>, input as LooseInput);
  }

  /** Pieces of a followed file or log. Heartbeats (empty frames) are left out. */
  async *frames<R extends Route>(route: R, input: RouteInput<R>): AsyncGenerator<StreamFrame> {
    const response = await this.open(route, input);
    const splitter = new JsonSplitter();
    try {
      for await (const text of response.textChunks()) {
        for (const object of splitter.push(text)) {
          const frame = JSON.parse(object) as StreamFrame;
          if (Object.keys(frame).length > 0) yield frame;
        }
      }
    } finally {
      response.close();
    }
  }

  /** Any request below the agent's address, with this client's token; the answer whatever its status. */
  async raw(
    request: Omit<ApiRequest, 'headers'> & { headers?: Record<string, string> },
  ): Promise<ApiResponse> {
    return await this.#transport({ ...request, headers: { ...this.#headers(), ...request.headers } });
  }

  async #open(route: AnyRoute<unknown, unknown>, input: LooseInput): Promise<ApiResponse> {
    const options = { ...defaultsOf(this.#options), ...input.options };
    const query = buildQuery(input.query ?? {}, options);
    const path = buildPath(route.path, input.params ?? {});
    const body = encodeBody(route, input.body);
    const response = await this.#transport({
      method: route.methods[0] ?? 'GET',
      path: query === '' ? path : `${path}?${query}`,
      headers: {
        ...this.#headers(),
        ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body }),
      ...(input.signal ? { signal: input.signal } : {}),
    });
    if (response.status >= 200 && response.status < 300) return response;
    const text = await response.text();
    throw new ApiError(response.status, text.slice(0, maxErrorTextLength));
  }

  #headers(): Record<string, string> {
    const { token, headers } = this.#options;
    return { ...headers, ...(token ? { 'x-nomad-token': token } : {}) };
  }
}

function defaultsOf(options: ApiClientOptions): CommonOptions {
  return {
    ...(options.region ? { region: options.region } : {}),
    ...(options.namespace ? { namespace: options.namespace } : {}),
  };
}

function encodeBody(
  route: AnyRoute<unknown, unknown>,
  body: unknown,
): string | AsyncIterable<Uint8Array> | undefined {
  if (body === undefined || route.request.kind === 'none') return undefined;
  return route.request.kind === 'json' ? JSON.stringify(body) : (body as AsyncIterable<Uint8Array>);
}

function decodeAnswer(route: Route, text: string): unknown {
  const { response } = route;
  if (response.kind === 'text') return text;
  // Success without an object is an empty body: "no deployment yet".
  if (response.kind !== 'json' || text === '') return response.kind === 'json' ? null : undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error(`the agent's answer to ${route.name} is no JSON: ${text.slice(0, 100)}`);
  }
  return decode(response.schema, parsed);
}

/** Zero where a header is missing. LastContact travels in milliseconds. */
export function readMeta(headers: Readonly<Record<string, string>>): QueryMeta {
  return {
    Index: Number(headers['x-nomad-index'] ?? 0) || 0,
    LastContact: (Number(headers['x-nomad-lastcontact'] ?? 0) || 0) * 1_000_000,
    KnownLeader: headers['x-nomad-knownleader'] === 'true',
    NextToken: headers['x-nomad-nexttoken'] ?? '',
  };
}
