// SPDX-License-Identifier: MPL-2.0
// One page of a list, by the rules of Nomad's list endpoints: filter first, then start at the token (which names the
// first item of the page), stop after perPage items and name the next one.

import type { Schema } from '@serai/api';
import { AppError } from '#base';
import { compileFilter, type Filter } from './bexpr/filter.ts';

/** How a position in a list is written, and the order of such positions. */
export interface Tokenizer<T> {
  of(item: T): string;
  compare(a: string, b: string): number;
}

export interface PageOptions<T> {
  /** 0 or less: no limit */
  readonly perPage?: number;
  /** '' : from the start */
  readonly nextToken?: string;
  readonly tokenizer: Tokenizer<T>;
  /** bexpr text; '' : all */
  readonly filter?: string;
  /** object that the filter looks at: makes an unknown field an error */
  readonly schema?: Schema;
  /** what the caller may see and the endpoint's own parameters */
  readonly include?: (item: T) => boolean;
  readonly reverse?: boolean;
}

export interface Page<T> {
  readonly items: T[];
  /** '' on the last page */
  readonly nextToken: string;
}

/** `items` come in ascending token order, also for `reverse`. */
export function paginate<T extends object>(items: Iterable<T>, options: PageOptions<T>): Page<T> {
  const perPage = options.perPage ?? 0;
  const nextToken = options.nextToken ?? '';
  const matches = pageFilter(options.filter ?? '', options.schema);
  const { tokenizer, include } = options;
  const page: T[] = [];
  const direction = options.reverse ? -1 : 1;
  for (const item of options.reverse ? reversed(items) : items) {
    if (nextToken !== '' && direction * tokenizer.compare(tokenizer.of(item), nextToken) < 0) continue;
    if (include && !include(item)) continue;
    if (matches && !evaluate(matches, item)) continue;
    if (perPage > 0 && page.length === perPage) return { items: page, nextToken: tokenizer.of(item) };
    page.push(item);
  }
  return { items: page, nextToken: '' };
}

function pageFilter(text: string, schema: Schema | undefined): Filter | undefined {
  if (text === '') return undefined;
  try {
    return compileFilter(text, schema);
  } catch (error) {
    const { message } = AppError.from(error);
    throw new AppError(
      'invalid',
      `failed to create result paginator: failed to read filter expression: ${message}`,
    );
  }
}

function evaluate(matches: Filter, item: object): boolean {
  try {
    return matches(item);
  } catch (error) {
    throw new AppError('invalid', `failed to read result page: ${AppError.from(error).message}`);
  }
}

function reversed<T>(items: Iterable<T>): T[] {
  return [...items].reverse();
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `<ID>` */
export const idToken: Tokenizer<{ readonly ID: string }> = { of: (item) => item.ID, compare: compareText };

/** `<Name>` */
export const nameToken: Tokenizer<{ readonly Name: string }> = {
  of: (item) => item.Name,
  compare: compareText,
};

/** `<Namespace>.<ID>`, ordered by namespace, then id. A namespace has no dot. */
export const namespaceIdToken: Tokenizer<{ readonly Namespace: string; readonly ID: string }> = {
  of: (item) => `${item.Namespace}.${item.ID}`,
  compare: (a, b) => {
    const [namespaceA, idA] = splitAtDot(a);
    const [namespaceB, idB] = splitAtDot(b);
    return compareText(namespaceA, namespaceB) || compareText(idA, idB);
  },
};

/** `<CreateIndex>.<ID>`, ordered by number, then id. */
export const createIndexToken: Tokenizer<{ readonly CreateIndex: number; readonly ID: string }> = {
  of: (item) => `${item.CreateIndex}.${item.ID}`,
  compare: (a, b) => {
    const [indexA, idA] = splitAtDot(a);
    const [indexB, idB] = splitAtDot(b);
    // A token that is no number sorts as text, so that a foreign one can't loop.
    const difference = Number(indexA) - Number(indexB);
    if (Number.isNaN(difference)) return compareText(a, b);
    return difference || compareText(idA, idB);
  },
};

function splitAtDot(token: string): [string, string] {
  const dot = token.indexOf('.');
  return dot < 0 ? [token, ''] : [token.slice(0, dot), token.slice(dot + 1)];
}
