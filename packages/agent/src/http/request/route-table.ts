// SPDX-License-Identifier: MPL-2.0
// Path → route. A parameter may hold '/', so a path is split into what stands before and after the parameter: the
// longest beginning wins, then the longest end.

import type { HttpMethod, Route } from '@serai/api';

/** Routes that differ by method only. */
export type Methods<T> = ReadonlyMap<HttpMethod, T>;

export interface Match<T> {
  readonly methods: Methods<T>;
  /** name and value of the path's parameter */
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern<T> {
  readonly prefix: string;
  readonly name: string;
  readonly suffix: string;
  readonly methods: Map<HttpMethod, T>;
}

const noParams: Readonly<Record<string, string>> = {};

export class RouteTable<T extends { readonly route: Route }> {
  readonly #fixed = new Map<string, Match<T> & { readonly methods: Map<HttpMethod, T> }>();
  readonly #patterns: Pattern<T>[] = [];

  constructor(entries: Iterable<T>) {
    for (const entry of entries) this.#add(entry);
    this.#patterns.sort((a, b) => b.prefix.length - a.prefix.length || b.suffix.length - a.suffix.length);
  }

  find(path: string): Match<T> | undefined {
    const fixed = this.#fixed.get(path);
    if (fixed) return fixed;
    for (const { prefix, name, suffix, methods } of this.#patterns) {
      if (!path.startsWith(prefix) || !path.endsWith(suffix)) continue;
      const value = path.slice(prefix.length, path.length - suffix.length);
      if (value !== '' && path.length >= prefix.length + suffix.length)
        return { methods, params: { [name]: value } };
    }
    return undefined;
  }

  #add(entry: T): void {
    const { path, methods, name } = entry.route;
    const target = this.#methodsOf(path);
    for (const method of methods) {
      if (target.has(method)) throw new Error(`${method} ${path} of ${name} is declared twice`);
      target.set(method, entry);
    }
  }

  #methodsOf(path: string): Map<HttpMethod, T> {
    const split = /^([^:]*):(\w+)([^:]*)$/.exec(path);
    if (!split) {
      const known = this.#fixed.get(path) ?? { methods: new Map<HttpMethod, T>(), params: noParams };
      this.#fixed.set(path, known);
      return known.methods;
    }
    const [, prefix = '', name = '', suffix = ''] = split;
    const known = this.#patterns.find((pattern) => pattern.prefix === prefix && pattern.suffix === suffix);
    if (known) return known.methods;
    const methods = new Map<HttpMethod, T>();
    this.#patterns.push({ prefix, name, suffix, methods });
    return methods;
  }
}
