// SPDX-License-Identifier: MPL-2.0
// Route and input → the request line: path with its parameters, query string.

import type { BodyOf, ParamsOf, PathOf, QueryInput, QuerySpecOf } from '../routes/index.ts';
import type { CancelSignal } from './transport.ts';

/** Parameters that every route takes. */
export interface CommonOptions {
  readonly region?: string;
  readonly namespace?: string;
  /** Blocking query: answer when the result is newer than this. */
  readonly index?: number;
  /** Go duration: how long a blocking query waits. */
  readonly wait?: string;
  readonly stale?: boolean;
  readonly prefix?: string;
  readonly perPage?: number;
  readonly nextToken?: string;
  readonly filter?: string;
  readonly reverse?: boolean;
  readonly pretty?: boolean;
}

type ParamsInput<P extends string> = keyof ParamsOf<P> extends never
  ? { readonly params?: undefined }
  : { readonly params: ParamsOf<P> };

export type RouteInput<R> = ParamsInput<PathOf<R>> & {
  readonly query?: QueryInput<QuerySpecOf<R>>;
  readonly body?: BodyOf<R>;
  readonly options?: CommonOptions;
  readonly signal?: CancelSignal;
};

/** `/v1/job/a/b/plan`: slashes of an id stay, everything else is percent-encoded. */
export function buildPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:([a-z_]+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new Error(`parameter "${name}" of ${path} is missing`);
    return value.split('/').map(encodeURIComponent).join('/');
  });
}

const commonNames: Readonly<Record<keyof CommonOptions, string>> = {
  region: 'region',
  namespace: 'namespace',
  index: 'index',
  wait: 'wait',
  stale: 'stale',
  prefix: 'prefix',
  perPage: 'per_page',
  nextToken: 'next_token',
  filter: 'filter',
  reverse: 'reverse',
  pretty: 'pretty',
};

/** `a=1&b=x`; '' when there is nothing. */
export function buildQuery(query: Readonly<Record<string, unknown>>, options: CommonOptions): string {
  const pairs: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (value === undefined || value === '' || value === false) return;
    pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  };
  for (const [key, name] of Object.entries(commonNames)) add(name, options[key as keyof CommonOptions]);
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const item of value) add(name, item);
    // An own flag may be on by default: false has to be said.
    else if (value === false) pairs.push(`${encodeURIComponent(name)}=false`);
    else add(name, value);
  }
  return pairs.join('&');
}
