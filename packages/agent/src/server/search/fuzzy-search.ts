// SPDX-License-Identifier: MPL-2.0
// Objects with a text somewhere in their name, and parts of jobs: groups, tasks, services, images, commands, classes.

import type { FuzzyMatch, Job, Task } from '@serai/api';
import type { StateReader } from '#state';
import type { SearchContext } from './context.ts';
import { prefixMatches } from './prefix-search.ts';

/** Rows of one context that are looked at in one search; beyond it the answer is marked as truncated. */
export const maxFuzzyRows = 20_000;

export interface FuzzyLimits {
  /** objects of one kind that match and are taken */
  readonly limitQuery: number;
  /** results of one kind */
  readonly limitResults: number;
}

export interface FuzzyResults {
  readonly matches: Readonly<Record<string, readonly FuzzyMatch[]>>;
  readonly truncations: Readonly<Record<string, boolean>>;
}

export interface FuzzyQuery {
  readonly contexts: readonly SearchContext[];
  readonly text: string;
  /** `*` for all */
  readonly namespace: string;
}

export function fuzzySearch(state: StateReader, query: FuzzyQuery, limits: FuzzyLimits): FuzzyResults {
  const found = new Findings(limits);
  for (const context of query.contexts) {
    if (context === 'jobs') searchJobs(state, query, found);
    else if (named.has(context)) searchNames(state, context, { query, found });
    else searchIds(state, context, { query, found });
  }
  return found.results();
}

/** These have names that people give; the others are found by the beginning of their id. */
const named: ReadonlySet<SearchContext> = new Set(['allocs', 'nodes', 'node_pools', 'namespaces']);

interface Scored {
  readonly match: FuzzyMatch;
  /** where in the name the text is */
  readonly at: number;
}

class Findings {
  readonly #limits: FuzzyLimits;
  readonly #byContext = new Map<string, Scored[]>();
  readonly #truncated = new Map<string, boolean>();

  constructor(limits: FuzzyLimits) {
    this.#limits = limits;
  }

  /** Objects that match and that this context may take. */
  get limitQuery(): number {
    return this.#limits.limitQuery;
  }

  add(context: string, match: FuzzyMatch, at: number): void {
    const known = this.#byContext.get(context);
    if (known) known.push({ match, at });
    else this.#byContext.set(context, [{ match, at }]);
  }

  mark(context: string, truncated: boolean): void {
    this.#truncated.set(context, truncated || (this.#truncated.get(context) ?? false));
  }

  results(): FuzzyResults {
    const matches: Record<string, readonly FuzzyMatch[]> = {};
    for (const [context, scored] of this.#byContext) {
      if (scored.length > this.#limits.limitResults) this.mark(context, true);
      scored.sort(byRelevance);
      matches[context] = scored.slice(0, this.#limits.limitResults).map(({ match }) => match);
    }
    for (const context of this.#byContext.keys()) this.mark(context, false);
    return { matches, truncations: Object.fromEntries(this.#truncated) };
  }
}

/** Names that start with the text come first, then shorter ones. */
function byRelevance(a: Scored, b: Scored): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.match.ID.length !== b.match.ID.length) return a.match.ID.length - b.match.ID.length;
  return a.match.ID < b.match.ID ? -1 : 1;
}

interface In {
  readonly query: FuzzyQuery;
  readonly found: Findings;
}

function searchNames(state: StateReader, context: SearchContext, { query, found }: In): void {
  const text = query.text.toLowerCase();
  let rows = 0;
  let objects = 0;
  for (const { name, scope } of namesOf(state, context, query.namespace)) {
    rows += 1;
    const at = rows > maxFuzzyRows ? -1 : name.toLowerCase().indexOf(text);
    if (at >= 0) objects += 1;
    if (rows > maxFuzzyRows || objects > found.limitQuery) {
      found.mark(context, true);
      return;
    }
    if (at >= 0) found.add(context, scope === undefined ? { ID: name } : { ID: name, Scope: scope }, at);
  }
  found.mark(context, false);
}

interface Named {
  readonly name: string;
  readonly scope?: readonly string[];
}

function* namesOf(state: StateReader, context: SearchContext, namespace: string): Generator<Named> {
  switch (context) {
    case 'allocs':
      for (const alloc of state.allocsByPrefix(''))
        if (inNamespace(namespace, alloc)) yield { name: alloc.Name, scope: [alloc.Namespace, alloc.ID] };
      return;
    case 'nodes':
      for (const node of state.nodes()) yield { name: node.Name, scope: [node.ID] };
      return;
    case 'node_pools':
      for (const pool of state.nodePools()) yield { name: pool.Name };
      return;
    case 'namespaces':
      for (const { Name: name } of state.namespaces()) yield { name };
      return;
    default:
  }
}

function inNamespace(namespace: string, object: { readonly Namespace: string }): boolean {
  return namespace === '*' || object.Namespace === namespace;
}

function searchIds(state: StateReader, context: SearchContext, { query, found }: In): void {
  const wanted = { prefix: query.text, namespace: query.namespace };
  const { ids, truncated } = prefixMatches(state, context, wanted);
  for (const id of ids) found.add(context, { ID: id }, 0);
  found.mark(context, truncated);
}

function searchJobs(state: StateReader, query: FuzzyQuery, found: Findings): void {
  const text = query.text.toLowerCase();
  let rows = 0;
  let objects = 0;
  for (const job of state.jobs(query.namespace === '*' ? {} : { namespace: query.namespace })) {
    rows += 1;
    const parts = rows > maxFuzzyRows ? [] : matchingParts(job, text);
    if (parts.length > 0) objects += 1;
    if (rows > maxFuzzyRows || objects > found.limitQuery) {
      found.mark('jobs', true);
      return;
    }
    for (const { context, match, at } of parts) found.add(context, match, at);
  }
  found.mark('jobs', false);
}

interface Part extends Scored {
  readonly context: string;
}

function matchingParts(job: Job, text: string): Part[] {
  const parts: Part[] = [];
  for (const { context, name, scope } of partsOf(job)) {
    const at = name.toLowerCase().indexOf(text);
    if (at >= 0) parts.push({ context, match: { ID: name, Scope: scope }, at });
  }
  return parts;
}

interface NamedPart {
  readonly context: string;
  readonly name: string;
  readonly scope: readonly string[];
}

function* partsOf(job: Job): Generator<NamedPart> {
  const ofJob = [job.Namespace, job.ID];
  yield { context: 'jobs', name: job.Name, scope: ofJob };
  for (const group of job.TaskGroups ?? []) {
    const ofGroup = [...ofJob, group.Name];
    yield { context: 'groups', name: group.Name, scope: ofJob };
    for (const service of group.Services ?? [])
      yield { context: 'services', name: service.Name, scope: ofGroup };
    for (const task of group.Tasks ?? []) yield* partsOfTask(task, ofGroup);
  }
}

/** What a task runs stands in its driver's configuration. */
const configKeys: readonly (readonly [key: string, context: string])[] = [
  ['image', 'images'],
  ['image_path', 'images'],
  ['command', 'commands'],
  ['class', 'classes'],
];

function* partsOfTask(task: Task, ofGroup: readonly string[]): Generator<NamedPart> {
  const ofTask = [...ofGroup, task.Name];
  yield { context: 'tasks', name: task.Name, scope: ofGroup };
  for (const service of task.Services ?? []) yield { context: 'services', name: service.Name, scope: ofTask };
  const config = (task.Config ?? {}) as Readonly<Record<string, unknown>>;
  for (const [key, context] of configKeys) {
    const name = config[key];
    if (typeof name === 'string' && name !== '') yield { context, name, scope: ofTask };
  }
}
