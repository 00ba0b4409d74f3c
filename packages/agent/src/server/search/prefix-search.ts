// SPDX-License-Identifier: MPL-2.0
// Objects whose id starts with a text.

import type { StateReader } from '#state';
import type { SearchContext } from './context.ts';

/** Ids of one context in an answer; further ones only set its truncation. */
export const maxPrefixMatches = 20;
/** Rows of one context that are looked at, where those of other namespaces have to be skipped. */
export const maxPrefixRows = 50_000;

export interface PrefixMatches {
  readonly ids: readonly string[];
  readonly truncated: boolean;
}

/** `namespace`: `*` for all. */
export function prefixMatches(
  state: StateReader,
  context: SearchContext,
  wanted: { readonly prefix: string; readonly namespace: string },
): PrefixMatches {
  const ids: string[] = [];
  let rows = 0;
  for (const { id, namespace } of candidates(state, context, wanted)) {
    rows += 1;
    if (rows > maxPrefixRows) return { ids, truncated: true };
    if (namespace !== undefined && wanted.namespace !== '*' && namespace !== wanted.namespace) continue;
    if (ids.length === maxPrefixMatches) return { ids, truncated: true };
    ids.push(id);
  }
  return { ids, truncated: false };
}

interface Candidate {
  readonly id: string;
  /** undefined: of none */
  readonly namespace?: string;
}

function* candidates(
  state: StateReader,
  context: SearchContext,
  wanted: { readonly prefix: string; readonly namespace: string },
): Generator<Candidate> {
  const { prefix } = wanted;
  switch (context) {
    case 'allocs':
      for (const { ID: id, Namespace: namespace } of state.allocsByPrefix(prefix)) yield { id, namespace };
      return;
    case 'evals':
      for (const { ID: id, Namespace: namespace } of state.evalsByPrefix(prefix)) yield { id, namespace };
      return;
    case 'deployment':
      for (const { ID: id, Namespace: namespace } of state.deploymentsByPrefix(prefix))
        yield { id, namespace };
      return;
    case 'jobs': {
      const { namespace } = wanted;
      for (const job of state.jobs(namespace === '*' ? { prefix } : { namespace, prefix }))
        yield { id: job.ID };
      return;
    }
    case 'scaling_policy':
      for (const { ID: id, Target } of state.scalingPolicies(prefix))
        yield { id, namespace: Target?.['Namespace'] ?? '' };
      return;
    case 'nodes':
      for (const { ID: id } of state.nodes(prefix)) yield { id };
      return;
    case 'node_pools':
      for (const { Name: id } of state.nodePools(prefix)) yield { id };
      return;
    case 'namespaces':
      for (const { Name: id } of state.namespaces(prefix)) yield { id };
      return;
  }
}
