// SPDX-License-Identifier: MPL-2.0
// Search over all kinds of objects.

import { Search_FuzzySearch, Search_PrefixSearch } from '../rpc/search.ts';
import { str, struct } from '../schema.ts';
import { body, json, route, type Security, smallBodyBytes, write } from './route.ts';

export const SearchBody = struct('', { Prefix: str, Context: str });
export const FuzzySearchBody = struct('', { Text: str, Context: str });

const search: Security = {
  callers: 'user',
  capability: 'what each kind of object needs to be listed',
  bodyLimitBytes: smallBodyBytes,
  rate: 'expensive',
  audit: 'read',
};

export const searchRoutes = {
  prefix: route({
    name: 'search.prefix',
    methods: write,
    path: '/v1/search',
    query: {},
    request: body(SearchBody),
    response: json(Search_PrefixSearch.reply),
    blocking: false,
    paginated: false,
    security: search,
  }),
  fuzzy: route({
    name: 'search.fuzzy',
    methods: write,
    path: '/v1/search/fuzzy',
    query: {},
    request: body(FuzzySearchBody),
    response: json(Search_FuzzySearch.reply),
    blocking: false,
    paginated: false,
    security: search,
  }),
} as const;
