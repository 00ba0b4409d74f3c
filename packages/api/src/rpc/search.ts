// SPDX-License-Identifier: MPL-2.0
// Search.*: finding objects by the beginning of their id, or by a part of their name.

import { bool, list, map, opt, type Static, str, struct } from '../schema.ts';
import { method, queryMeta, queryOptions } from './method.ts';

/** Context: one of those in `Matches`, or `all`. The prefix is the one of every read. */
export const Search_PrefixSearch = method('Search.PrefixSearch', {
  request: struct('SearchRequest', { Context: str, ...queryOptions }),
  reply: struct('SearchResponse', { Matches: map(list(str)), Truncations: map(bool), ...queryMeta }),
});

/** ID: the name that matched. Scope: where it is, from the namespace down. */
export const FuzzyMatch = struct('FuzzyMatch', { ID: str, Scope: opt(list(str)) });
export interface FuzzyMatch extends Static<typeof FuzzyMatch> {}

export const Search_FuzzySearch = method('Search.FuzzySearch', {
  request: struct('FuzzySearchRequest', { Text: str, Context: str, ...queryOptions }),
  reply: struct('FuzzySearchResponse', {
    Matches: map(list(FuzzyMatch)),
    Truncations: map(bool),
    ...queryMeta,
  }),
});
