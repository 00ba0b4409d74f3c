// SPDX-License-Identifier: MPL-2.0
// One request as its handler sees it: decoded, typed by the route.

import type {
  BodyOf,
  ParamsOf,
  PathOf,
  QueryOf,
  QueryOptions,
  QuerySpecOf,
  Route,
  WriteRequest,
} from '@serai/api';
import type { Services } from '../doors.ts';
import type { Outcome } from '../response/outcome.ts';
import { readOptions, requestedNamespace, writeOptions } from './options.ts';

export interface CallParts {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly bodyStream: () => AsyncIterable<Uint8Array>;
  readonly search: URLSearchParams;
  readonly token: string;
  readonly region: string;
  readonly signal: AbortSignal;
  readonly services: Services;
}

export class Call<R extends Route = Route> {
  readonly params: ParamsOf<PathOf<R>>;
  readonly query: QueryOf<QuerySpecOf<R>>;
  readonly body: BodyOf<R>;
  /** Aborted when the caller is gone or the agent stops. */
  readonly signal: AbortSignal;
  readonly services: Services;
  readonly #parts: CallParts;

  constructor(parts: CallParts) {
    // The pipeline decoded these by the same declaration that the types come from.
    this.params = parts.params as ParamsOf<PathOf<R>>;
    this.query = parts.query as QueryOf<QuerySpecOf<R>>;
    this.body = parts.body as BodyOf<R>;
    this.signal = parts.signal;
    this.services = parts.services;
    this.#parts = parts;
  }

  /** Common fields of a read. Throws for bad values. */
  read(): QueryOptions {
    return readOptions(this.#parts.search, this.#parts);
  }

  /** Common fields of a write. */
  write(): WriteRequest {
    return writeOptions(this.#parts.search, this.#parts);
  }

  /** What the request's own parameters say about region and namespace; '' when nothing. */
  named(): { readonly region: string; readonly namespace: string } {
    return {
      region: this.#parts.search.get('region') ?? '',
      namespace: requestedNamespace(this.#parts.search),
    };
  }

  get agentRegion(): string {
    return this.#parts.region;
  }

  /** For routes whose body is not JSON. */
  bodyStream(): AsyncIterable<Uint8Array> {
    return this.#parts.bodyStream();
  }
}

export type Handler<R extends Route> = (call: Call<R>) => Promise<Outcome> | Outcome;

/** One handler per route of a noun: a missing one is a type error. */
export type HandlersOf<Routes> = {
  readonly [K in keyof Routes]: Routes[K] extends Route ? Handler<Routes[K]> : never;
};

/** A route with what answers it. */
export interface Entry {
  readonly route: Route;
  readonly handle: (call: Call) => Promise<Outcome> | Outcome;
}

export function entriesOf<Routes extends Readonly<Record<string, Route>>>(
  routes: Routes,
  handlers: HandlersOf<Routes>,
): Entry[] {
  const byName = handlers as Readonly<Record<string, Entry['handle']>>;
  return Object.entries(routes).map(([name, route]) => {
    const handle = byName[name];
    if (!handle) throw new Error(`route ${route.name} has no handler`);
    return { route, handle };
  });
}
