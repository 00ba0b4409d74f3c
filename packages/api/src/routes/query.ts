// SPDX-License-Identifier: MPL-2.0
// Query parameters of a route, declared by type.

/** `uint` and `int` refuse what is no whole number; `strings` may be given several times. */
export type QueryKind = 'string' | 'bool' | 'int' | 'uint' | 'strings';

export interface QueryParam<K extends QueryKind = QueryKind> {
  readonly kind: K;
  /** Value when the parameter is missing or empty; without one the parameter stays undefined. */
  readonly fallback?: string | boolean | number;
}

export type QuerySpec = Readonly<Record<string, QueryParam>>;

interface QueryTypes {
  string: string;
  bool: boolean;
  int: number;
  uint: number;
  strings: readonly string[];
}

type ValueOf<P> = P extends QueryParam<infer K> ? QueryTypes[K] : never;
type DefaultedKeys<Q> = {
  [K in keyof Q]: Q[K] extends { readonly fallback: string | boolean | number } ? K : never;
}[keyof Q];

/** What a handler receives. */
export type QueryOf<Q> = { readonly [K in DefaultedKeys<Q>]: ValueOf<Q[K]> } & {
  readonly [K in Exclude<keyof Q, DefaultedKeys<Q>>]?: ValueOf<Q[K]> | undefined;
};

/** What a caller gives. */
export type QueryInput<Q> = { readonly [K in keyof Q]?: ValueOf<Q[K]> | undefined };

export const text: QueryParam<'string'> = { kind: 'string' };
export const texts: QueryParam<'strings'> = { kind: 'strings' };
export const whole: QueryParam<'uint'> = { kind: 'uint' };
export const signedWhole: QueryParam<'int'> = { kind: 'int' };
export const flag: QueryParam<'bool'> & { readonly fallback: boolean } = { kind: 'bool', fallback: false };
export const flagOn: QueryParam<'bool'> & { readonly fallback: boolean } = { kind: 'bool', fallback: true };
export function textOr(fallback: string): QueryParam<'string'> & { readonly fallback: string } {
  return { kind: 'string', fallback };
}
export function wholeOr(fallback: number): QueryParam<'uint'> & { readonly fallback: number } {
  return { kind: 'uint', fallback };
}
