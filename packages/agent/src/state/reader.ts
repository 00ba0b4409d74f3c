// SPDX-License-Identifier: MPL-2.0
// Everything that can be read from the tables; the same for a snapshot and for an operation in the write loop.
// Arrays are in id order; those by node and by job stay the same object while their rows do, so callers may cache by
// identity.

import type {
  Allocation,
  Deployment,
  Evaluation,
  Job,
  JobSubmission,
  JobSummary,
  Namespace,
  Node,
  NodePool,
  ScalingPolicy,
  SchedulerConfiguration,
} from '@serai/api';
import { must } from '#base';
import { defaultSchedulerConfig } from './defaults.ts';
import { holdsKeys, type IndexName } from './tables/definitions.ts';
import {
  dispatchKey,
  jobKey,
  jobPrefix,
  jobVersionKey,
  jobVersionsPrefix,
  numberKey,
  schedulerConfigKey,
  submissionKey,
  submissionsPrefix,
} from './tables/keys.ts';
import type { JobScalingEvents, JobVersion, PeriodicLaunch, Rows, TableName } from './tables/rows.ts';
import type { Indexed, TableSet } from './tables/table.ts';
import type { Tree } from './tree.ts';

/** Where a list by creation starts: at this row, inclusive. */
export interface CreationRange {
  readonly from?: { readonly createIndex: number; readonly id: string };
  /** newest first */
  readonly reverse?: boolean;
}

const nothing: readonly never[] = Object.freeze([]);

/** Index at which each table last changed; 0: never. */
export type TableIndexes = Readonly<Partial<Record<TableName, number>>>;

export abstract class StateReader {
  /** Committed index of a snapshot; index the running batch will get in an operation. */
  abstract readonly index: number;
  /** The raw tables: for the write path and for tests. */
  abstract readonly tables: TableSet;
  abstract readonly tableIndexes: TableIndexes;

  /** The largest index at which one of these tables changed; all tables without arguments. At least 1. */
  tableIndex(...tables: readonly TableName[]): number {
    const names = tables.length > 0 ? tables : (Object.keys(this.tableIndexes) as TableName[]);
    let index = 1;
    for (const name of names) index = Math.max(index, this.tableIndexes[name] ?? 0);
    return index;
  }

  get<N extends TableName>(table: N, key: string): Rows[N] | undefined {
    return this.tables[table].rows.get(key) as Rows[N] | undefined;
  }

  /** Rows whose primary key starts with the prefix; from this key on (inclusive) when given. */
  *list<N extends TableName>(table: N, options: { prefix?: string; from?: string } = {}): Generator<Rows[N]> {
    const { prefix = '', from = '' } = options;
    const rows = this.tables[table].rows as Tree<Rows[N]>;
    const start = from > prefix ? from : undefined;
    for (const [key, row] of rows.entries(start ?? prefix)) {
      if (!key.startsWith(prefix)) return;
      yield row;
    }
  }

  /** Rows with this value in the index, in key order. */
  byIndex<N extends TableName>(table: N, index: IndexName<N>, value: string): readonly Rows[N][] {
    const bucket = this.#bucket(table, index, value);
    if (!bucket) return nothing;
    if (holdsKeys(index)) return [...this.eachByIndex(table, index, value)];
    return bucket.values() as readonly Rows[N][];
  }

  /** The same one by one, for a reader that stops early. */
  *eachByIndex<N extends TableName>(table: N, index: IndexName<N>, value: string): Generator<Rows[N]> {
    const bucket = this.#bucket(table, index, value);
    if (bucket) for (const entry of bucket.entries()) yield this.#rowOf(table, entry);
  }

  #rowOf<N extends TableName>(table: N, [key, entry]: readonly [string, Indexed<Rows[N]>]): Rows[N] {
    return entry === true ? must(this.get(table, key), `row "${key}" of an index`) : entry;
  }

  count(table: TableName): number {
    return this.tables[table].rows.size;
  }

  #bucket<N extends TableName>(table: N, index: string, value: string): Tree<Indexed<Rows[N]>> | undefined {
    return (this.tables[table].indexes[index] as Tree<Tree<Indexed<Rows[N]>>> | undefined)?.get(value);
  }

  // nodes

  node(id: string): Node | undefined {
    return this.get('nodes', id);
  }
  nodes(prefix = ''): Iterable<Node> {
    return prefix === '' ? this.tables.nodes.rows.values() : this.list('nodes', { prefix });
  }
  nodesInPool(pool: string): readonly Node[] {
    return this.byIndex('nodes', 'pool', pool);
  }
  nodeBySecret(secretId: string): Node | undefined {
    return secretId === '' ? undefined : this.byIndex('nodes', 'secret', secretId)[0];
  }

  // jobs

  job(namespace: string, id: string): Job | undefined {
    return this.get('jobs', jobKey(namespace, id));
  }
  /** By (namespace, id). Without a namespace: of all, and the prefix is of the id. */
  *jobs(
    options: { namespace?: string; prefix?: string; from?: { namespace: string; id: string } } = {},
  ): Generator<Job> {
    const { namespace, prefix = '' } = options;
    const from = options.from ? { from: jobKey(options.from.namespace, options.from.id) } : {};
    if (namespace !== undefined) {
      yield* this.list('jobs', { prefix: jobPrefix(namespace, prefix), ...from });
      return;
    }
    for (const job of this.list('jobs', from)) if (job.ID.startsWith(prefix)) yield job;
  }
  jobsByParent(namespace: string, parentId: string): readonly Job[] {
    return this.byIndex('jobs', 'parent', jobKey(namespace, parentId));
  }
  /** Enabled ones, also when they are stopped. */
  periodicJobs(): readonly Job[] {
    return this.byIndex('jobs', 'periodic', 'yes');
  }
  periodicLaunch(namespace: string, id: string): PeriodicLaunch | undefined {
    return this.get('periodicLaunches', jobKey(namespace, id));
  }
  /** The job that was dispatched from this one under the given idempotency token. */
  dispatchedJob(namespace: string, parentId: string, token: string): Job | undefined {
    return token === ''
      ? undefined
      : this.byIndex('jobs', 'dispatch', dispatchKey(namespace, parentId, token))[0];
  }
  jobsInPool(pool: string): readonly Job[] {
    return this.byIndex('jobs', 'pool', pool);
  }
  /** A version of the registered job; undefined when the job is purged. */
  jobVersion(namespace: string, id: string, version: number): Job | undefined {
    const job = this.job(namespace, id);
    if (!job || job.Version === version) return job;
    const key = jobVersionKey({
      Namespace: namespace,
      ID: id,
      CreateIndex: job.CreateIndex,
      Version: version,
    });
    return this.get('jobVersions', key)?.view;
  }
  /** Versions of the registered job, newest first; none when the job is purged. */
  jobVersions(namespace: string, id: string): Job[] {
    const job = this.job(namespace, id);
    if (!job) return [];
    const prefix = jobVersionsPrefix(namespace, id, job.CreateIndex);
    const versions = [...this.list('jobVersions', { prefix })].map((row) => row.view);
    return versions.reverse().map((version) => (version.Version === job.Version ? job : version));
  }
  /** Rows of every incarnation of a job that is registered or still referred to. */
  jobVersionRows(namespace: string, id: string): JobVersion[] {
    return [...this.list('jobVersions', { prefix: jobVersionsPrefix(namespace, id) })];
  }
  jobSummary(namespace: string, id: string): JobSummary | undefined {
    return this.get('jobSummaries', jobKey(namespace, id));
  }
  jobSubmission(namespace: string, id: string, version: number): JobSubmission | undefined {
    return this.get('jobSubmissions', submissionKey(namespace, id, version));
  }
  jobSubmissions(namespace: string, id: string): JobSubmission[] {
    return [...this.list('jobSubmissions', { prefix: submissionsPrefix(namespace, id) })];
  }

  // evaluations

  evaluation(id: string): Evaluation | undefined {
    return this.get('evals', id);
  }
  evalsByPrefix(prefix: string, from = ''): Iterable<Evaluation> {
    return this.list('evals', { prefix, from });
  }
  evalsByJob(namespace: string, jobId: string): readonly Evaluation[] {
    return this.byIndex('evals', 'job', jobKey(namespace, jobId));
  }
  openEvals(status: 'blocked' | 'pending'): readonly Evaluation[] {
    return this.byIndex('evals', 'open', status);
  }
  /** By (CreateIndex, ID). */
  evalsByCreation(range: CreationRange = {}): Iterable<Evaluation> {
    return this.#byCreation('evals', range);
  }

  // allocations

  alloc(id: string): Allocation | undefined {
    return this.get('allocs', id);
  }
  allocsByPrefix(prefix: string, from = ''): Iterable<Allocation> {
    return this.list('allocs', { prefix, from });
  }
  allocsByNode(nodeId: string): readonly Allocation[] {
    return this.byIndex('allocs', 'node', nodeId);
  }
  /** Of every incarnation of the job. */
  allocsByJob(namespace: string, jobId: string): readonly Allocation[] {
    return this.byIndex('allocs', 'job', jobKey(namespace, jobId));
  }
  allocsByEval(evalId: string): readonly Allocation[] {
    return this.byIndex('allocs', 'eval', evalId);
  }
  allocsByDeployment(deploymentId: string): readonly Allocation[] {
    return this.byIndex('allocs', 'deployment', deploymentId);
  }
  /** By (CreateIndex, ID). */
  allocsByCreation(range: CreationRange = {}): Iterable<Allocation> {
    return this.#byCreation('allocs', range);
  }

  // deployments

  deployment(id: string): Deployment | undefined {
    return this.get('deployments', id);
  }
  deploymentsByPrefix(prefix: string, from = ''): Iterable<Deployment> {
    return this.list('deployments', { prefix, from });
  }
  deploymentsByJob(namespace: string, jobId: string): readonly Deployment[] {
    return this.byIndex('deployments', 'job', jobKey(namespace, jobId));
  }
  latestDeployment(namespace: string, jobId: string): Deployment | undefined {
    let latest: Deployment | undefined;
    for (const deployment of this.deploymentsByJob(namespace, jobId)) {
      if (!latest || deployment.CreateIndex >= latest.CreateIndex) latest = deployment;
    }
    return latest;
  }
  /** By (CreateIndex, ID). */
  deploymentsByCreation(range: CreationRange = {}): Iterable<Deployment> {
    return this.#byCreation('deployments', range);
  }

  // configuration and scaling

  nodePool(name: string): NodePool | undefined {
    return this.get('nodePools', name);
  }
  nodePools(prefix = ''): Iterable<NodePool> {
    return this.list('nodePools', { prefix });
  }
  namespace(name: string): Namespace | undefined {
    return this.get('namespaces', name);
  }
  namespaces(prefix = ''): Iterable<Namespace> {
    return this.list('namespaces', { prefix });
  }
  schedulerConfig(): SchedulerConfiguration {
    return this.get('schedulerConfig', schedulerConfigKey) ?? defaultSchedulerConfig;
  }
  scalingPolicy(id: string): ScalingPolicy | undefined {
    return this.get('scalingPolicies', id);
  }
  scalingPolicies(prefix = ''): Iterable<ScalingPolicy> {
    return this.list('scalingPolicies', { prefix });
  }
  scalingPoliciesByJob(namespace: string, jobId: string): readonly ScalingPolicy[] {
    return this.byIndex('scalingPolicies', 'job', jobKey(namespace, jobId));
  }
  scalingEvents(namespace: string, jobId: string): JobScalingEvents | undefined {
    return this.get('scalingEvents', jobKey(namespace, jobId));
  }

  *#byCreation<N extends 'evals' | 'allocs' | 'deployments'>(
    table: N,
    { from, reverse = false }: CreationRange,
  ): Generator<Rows[N]> {
    const buckets = this.tables[table].indexes['created'] as Tree<Tree<Indexed<Rows[N]>>>;
    const first = from && numberKey(from.createIndex);
    for (const [created, bucket] of reverse ? buckets.reversed(first) : buckets.entries(first)) {
      const start = created === first ? from?.id : undefined;
      for (const entry of reverse ? bucket.reversed(start) : bucket.entries(start)) {
        yield this.#rowOf(table, entry);
      }
    }
  }
}
