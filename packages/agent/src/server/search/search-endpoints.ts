// SPDX-License-Identifier: MPL-2.0
// Search.*: finding objects by id or by name.

import { Search_FuzzySearch, Search_PrefixSearch } from '@serai/api';
import { AppError } from '#base';
import type { TableName } from '#state';
import type { ServerContext } from '../context.ts';
import { type Args, type Endpoint, endpoint, type Reply, reads } from '../endpoints/endpoint.ts';
import { metaAt, namespaceOf } from '../endpoints/query.ts';
import { type SearchContext, wantedContexts } from './context.ts';
import { fuzzySearch } from './fuzzy-search.ts';
import { prefixMatches } from './prefix-search.ts';

/** Characters of a text that is searched for. More: 400. */
export const maxSearchText = 512;

export function searchEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Search_PrefixSearch, reads('read-job', 'list'), (args) => byPrefix(context, args)),
    endpoint(Search_FuzzySearch, reads('read-job', 'list'), (args) => byText(context, args)),
  ];
}

const tableOf: Readonly<Record<SearchContext, TableName>> = {
  allocs: 'allocs',
  jobs: 'jobs',
  nodes: 'nodes',
  node_pools: 'nodePools',
  evals: 'evals',
  deployment: 'deployments',
  scaling_policy: 'scalingPolicies',
  namespaces: 'namespaces',
};

function byPrefix(
  context: ServerContext,
  args: Args<typeof Search_PrefixSearch>,
): Reply<typeof Search_PrefixSearch> {
  checkLength(args.Prefix);
  const contexts = wantedContexts(args.Context);
  const state = context.store.snapshot();
  const matches: Record<string, readonly string[] | null> = {};
  const truncations: Record<string, boolean> = {};
  const wanted = { prefix: args.Prefix, namespace: namespaceOf(args) };
  for (const each of contexts) {
    const { ids, truncated } = prefixMatches(state, each, wanted);
    matches[each] = ids.length > 0 ? ids : null;
    truncations[each] = truncated;
  }
  const index = state.tableIndex(...contexts.map((each) => tableOf[each]));
  return { Matches: matches, Truncations: truncations, ...metaAt(index) };
}

function byText(
  context: ServerContext,
  args: Args<typeof Search_FuzzySearch>,
): Reply<typeof Search_FuzzySearch> {
  const { search } = context.options;
  if (!search.fuzzyEnabled) throw new AppError('internal', 'fuzzy search is not enabled');
  checkLength(args.Text);
  const { length } = args.Text;
  if (length < search.minTermLength) {
    throw new AppError(
      'internal',
      `fuzzy search query must be at least ${search.minTermLength} characters, got ${length}`,
    );
  }
  const contexts = wantedContexts(args.Context);
  const state = context.store.snapshot();
  const { matches, truncations } = fuzzySearch(
    state,
    { contexts, text: args.Text, namespace: namespaceOf(args) },
    search,
  );
  const index = state.tableIndex(...contexts.map((each) => tableOf[each]));
  return { Matches: matches, Truncations: truncations, ...metaAt(index) };
}

function checkLength(text: string): void {
  if (text.length > maxSearchText)
    throw new AppError('invalid', `a search takes ${maxSearchText} characters, not ${text.length}`);
}
