// SPDX-License-Identifier: MPL-2.0
// The agent as a command sees it: the typed client, and finding an object by the beginning of its id.

import {
  type AllocListStub,
  ApiClient,
  ApiError,
  type Evaluation,
  type JobListStub,
  type NodeListStub,
  routes,
} from '@serai/api';
import { NodeTransport } from './node-transport.ts';
import { type CommandContext, UsageError } from '../command.ts';
import type { Flags } from '../flags.ts';
import { shortId } from '../output/format.ts';
import { apiSettings } from './settings.ts';
import { formatList } from '../output/ui.ts';

export interface Api {
  readonly client: ApiClient;
  /** '' : the agent's */
  readonly region: string;
  /** `default` when nothing was given */
  readonly namespace: string;
  /** true when the user asked for one namespace or for all of them */
  readonly namespaceGiven: boolean;
}

/** Connects lazily: the first request opens the connection. */
export function connect(context: CommandContext, flags: Flags): Api {
  const settings = apiSettings(flags, context.env);
  const { send: transport } = new NodeTransport({ address: settings.address });
  const client = new ApiClient(
    { region: settings.region, namespace: settings.namespace, token: settings.token },
    { transport },
  );
  return {
    client,
    region: settings.region,
    namespace: settings.namespace === '' ? 'default' : settings.namespace,
    namespaceGiven: settings.namespace !== '',
  };
}

/** Shortest beginning of an id that is accepted. */
const minPrefixLength = 2;

/** The beginning of an id as the API wants it: an even number of digits. */
function idPrefix(given: string, what: string): string {
  const id = given.toLowerCase();
  if (id.length < minPrefixLength) throw new UsageError(`the ${what} id must have at least two characters`);
  if (!/^[0-9a-f-]+$/.test(id)) throw new UsageError(`${JSON.stringify(given)} is no ${what} id`);
  const digits = id.replaceAll('-', '').length;
  return digits % 2 === 0 ? id : id.slice(0, -1);
}

interface Search<T> {
  readonly what: string;
  readonly given: string;
  /** objects whose id begins with the prefix */
  readonly find: (prefix: string) => Promise<readonly T[]>;
  readonly columns: readonly string[];
  readonly row: (item: T) => readonly string[];
}

async function one<T extends { readonly ID: string }>(search: Search<T>): Promise<T> {
  const { what, given } = search;
  const all = await search.find(idPrefix(given, what));
  const found = all.filter((item) => item.ID.startsWith(given.toLowerCase()));
  const [first] = found;
  if (!first) throw new Error(`No ${what}(s) with prefix or id ${JSON.stringify(given)} found`);
  if (found.length === 1) return first;
  const exact = found.find((item) => item.ID === given);
  if (exact) return exact;
  const table = formatList([search.columns, ...found.map(search.row)]);
  throw new Error(`Prefix matched multiple ${what}s\n\n${table}`);
}

export function findNode(api: Api, given: string): Promise<NodeListStub> {
  return one<NodeListStub>({
    what: 'node',
    given,
    find: async (prefix) => (await api.client.value(routes.nodes.list, { options: { prefix } })) ?? [],
    columns: ['ID', 'DC', 'Name', 'Class', 'Status'],
    row: (node) => [shortId(node.ID), node.Datacenter, node.Name, node.NodeClass, node.Status],
  });
}

export function findAlloc(api: Api, given: string): Promise<AllocListStub> {
  const namespace = api.namespaceGiven ? api.namespace : '*';
  return one<AllocListStub>({
    what: 'allocation',
    given,
    find: async (prefix) =>
      (await api.client.value(routes.allocations.list, { options: { prefix, namespace } })) ?? [],
    columns: ['ID', 'Job ID', 'Task Group', 'Desired', 'Status'],
    row: (alloc) => [
      shortId(alloc.ID),
      alloc.JobID,
      alloc.TaskGroup,
      alloc.DesiredStatus,
      alloc.ClientStatus,
    ],
  });
}

export function findEval(api: Api, given: string): Promise<Evaluation> {
  const namespace = api.namespaceGiven ? api.namespace : '*';
  return one<Evaluation>({
    what: 'evaluation',
    given,
    find: async (prefix) =>
      (await api.client.value(routes.evaluations.list, { options: { prefix, namespace } })) ?? [],
    columns: ['ID', 'Priority', 'Triggered By', 'Job ID', 'Status'],
    row: (e) => [shortId(e.ID), String(e.Priority), e.TriggeredBy, e.JobID, e.Status],
  });
}

/** A job by its id or the beginning of it; an exact match wins. */
export async function findJob(api: Api, given: string): Promise<JobListStub> {
  const jobs =
    (await api.client.value(routes.jobs.list, { options: { prefix: given, namespace: api.namespace } })) ??
    [];
  const exact = jobs.filter((job) => job.ID === given);
  const found = exact.length > 0 ? exact : jobs;
  const [first] = found;
  if (!first) throw new Error(`No job(s) with prefix or ID ${JSON.stringify(given)} found`);
  if (found.length === 1) return first;
  const rows = found.map((job) => [job.ID, job.Namespace ?? '', job.Type, String(job.Priority), job.Status]);
  const table = formatList([['ID', 'Namespace', 'Type', 'Priority', 'Status'], ...rows]);
  throw new Error(`Prefix matched multiple jobs\n\n${table}`);
}

/** Undefined instead of an error when the agent says that there is no such thing. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
