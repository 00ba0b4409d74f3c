// SPDX-License-Identifier: MPL-2.0
// Kinds of objects that can be searched.

import { AppError } from '#base';

export const allContexts = 'all';

/** Those that have objects here; in the order in which they are searched. */
export const searchContexts = [
  'allocs',
  'jobs',
  'nodes',
  'node_pools',
  'evals',
  'deployment',
  'scaling_policy',
  'namespaces',
] as const;

export type SearchContext = (typeof searchContexts)[number];

/** Known to Nomad; nothing of the kind exists in this version, so nothing is found. */
const emptyContexts: readonly string[] = ['plugins', 'volumes', 'vars', 'quotas', 'recommendations'];

/** '' and `all`: every one. */
export function wantedContexts(named: string): readonly SearchContext[] {
  if (named === '' || named === allContexts) return searchContexts;
  const known = searchContexts.find((context) => context === named);
  if (known) return [known];
  if (emptyContexts.includes(named)) return [];
  const list = [...searchContexts, ...emptyContexts].join(' ');
  throw new AppError(
    'invalid',
    `context must be one of [${list}] or 'all' for all contexts; got ${JSON.stringify(named.slice(0, 100))}`,
  );
}
