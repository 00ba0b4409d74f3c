// SPDX-License-Identifier: MPL-2.0
// Finding an object by the beginning of its id, as users type it.

import {
  type AllocListStub,
  ApiError,
  type Deployment,
  type Evaluation,
  type JobListStub,
  type NodeListStub,
  routes,
} from '@serai/api';
import { UsageError } from '../command.ts';
import { shortId } from '../output/format.ts';
import { formatList } from '../output/ui.ts';
import type { Api } from './api.ts';

/** Shortest beginning of an id that is accepted. */
const minPrefixLength = 2;

/** The beginning of an id as the API wants it: an even number of digits. */
export function evenPrefix(id: string): string {
  return id.replaceAll('-', '').length % 2 === 0 ? id : id.slice(0, -1);
}

function idPrefix(given: string, what: string): string {
  const id = given.toLowerCase();
  if (id.length < minPrefixLength) throw new UsageError(`the ${what} id must have at least two characters`);
  if (!/^[0-9a-f-]+$/.test(id)) throw new UsageError(`${JSON.stringify(given)} is no ${what} id`);
  return evenPrefix(id);
}

interface Search<T> {
  readonly what: string;
  readonly given: string;
  /** objects whose id begins with the prefix */
  readonly find: (prefix: string) => Promise<readonly T[] | null>;
  readonly columns: readonly string[];
  readonly row: (item: T) => readonly string[];
}

async function one<T extends { readonly ID: string }>(search: Search<T>): Promise<T> {
  const { what, given } = search;
  const all = (await search.find(idPrefix(given, what))) ?? [];
  const found = all.filter((item) => item.ID.startsWith(given.toLowerCase()));
  const [first] = found;
  if (!first) throw new Error(`No ${what}(s) with prefix or id ${JSON.stringify(given)} found`);
  if (found.length === 1) return first;
  const table = formatList([search.columns, ...found.map(search.row)]);
  throw new Error(`Prefix matched multiple ${what}s\n\n${table}`);
}

/** All namespaces when the user named none: an id is enough to find its object. */
function anyNamespace(api: Api): string {
  return api.namespaceGiven ? api.namespace : '*';
}

export function findNode(api: Api, given: string): Promise<NodeListStub> {
  return one<NodeListStub>({
    what: 'node',
    given,
    find: (prefix) => api.client.value(routes.nodes.list, { options: { prefix } }),
    columns: ['ID', 'DC', 'Name', 'Class', 'Status'],
    row: (node) => [shortId(node.ID), node.Datacenter, node.Name, node.NodeClass, node.Status],
  });
}

export function findAlloc(api: Api, given: string): Promise<AllocListStub> {
  const namespace = anyNamespace(api);
  return one<AllocListStub>({
    what: 'allocation',
    given,
    find: (prefix) => api.client.value(routes.allocations.list, { options: { prefix, namespace } }),
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
  const namespace = anyNamespace(api);
  return one<Evaluation>({
    what: 'evaluation',
    given,
    find: (prefix) => api.client.value(routes.evaluations.list, { options: { prefix, namespace } }),
    columns: ['ID', 'Priority', 'Triggered By', 'Job ID', 'Status'],
    row: (e) => [shortId(e.ID), String(e.Priority), e.TriggeredBy, e.JobID, e.Status],
  });
}

export function findDeployment(api: Api, given: string): Promise<Deployment> {
  const namespace = anyNamespace(api);
  return one<Deployment>({
    what: 'deployment',
    given,
    find: (prefix) => api.client.value(routes.deployments.list, { options: { prefix, namespace } }),
    columns: ['ID', 'Job ID', 'Job Version', 'Status'],
    row: (d) => [shortId(d.ID), d.JobID, String(d.JobVersion), d.Status],
  });
}

/** A job by its id or the beginning of it; an exact match wins, whatever its kind. */
export async function findJob(
  api: Api,
  given: string,
  ofKind: (job: JobListStub) => boolean = () => true,
): Promise<JobListStub> {
  const options = { prefix: given, namespace: api.namespace };
  const jobs = (await api.client.value(routes.jobs.list, { options })) ?? [];
  const exact = jobs.filter((job) => job.ID === given);
  const found = exact.length > 0 ? exact : jobs.filter(ofKind);
  const [first] = found;
  if (!first) throw new Error(`No job(s) with prefix or ID ${JSON.stringify(given)} found`);
  if (found.length === 1) return first;
  const rows = found.map((job) => [job.ID, job.Namespace ?? '', job.Type, String(job.Priority), job.Status]);
  const table = formatList([['ID', 'Namespace', 'Type', 'Priority', 'Status'], ...rows]);
  throw new Error(`Prefix matched multiple jobs\n\n${table}`);
}

/** What requests about a job that was found need. */
export function jobTarget(
  api: Api,
  job: JobListStub,
): { readonly params: { readonly id: string }; readonly options: { readonly namespace: string } } {
  return { params: { id: job.ID }, options: { namespace: job.Namespace ?? api.namespace } };
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
