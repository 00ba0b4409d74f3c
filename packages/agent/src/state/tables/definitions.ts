// SPDX-License-Identifier: MPL-2.0
// Primary key and secondary indexes of each table, in one list.

import type { Allocation, Deployment, Evaluation, Job, Node, ScalingPolicy } from '@serai/api';
import { dispatchKey, jobKey, jobVersionKey, numberKey, schedulerConfigKey, submissionKey } from './keys.ts';
import type { Rows, TableName } from './rows.ts';

export interface TableDefinition<R> {
  readonly key: (row: R) => string;
  /** Value under which the row is found; undefined: not in this index. */
  readonly indexes: Readonly<Record<string, (row: R) => string | undefined>>;
}

/**
 * Indexes that hold primary keys instead of rows. A row that changes leaves them alone, which makes writing cheaper
 * and reading them dearer (one look-up per row): for indexes that are read seldom.
 */
const keyIndexes: ReadonlySet<string> = new Set(['created', 'eval', 'deployment']);

export function holdsKeys(index: string): boolean {
  return keyIndexes.has(index);
}

const named = { key: (row: { Name: string }) => row.Name, indexes: {} };
const ofJob = (row: { Namespace: string; JobID: string }): string => jobKey(row.Namespace, row.JobID);
const created = (row: { CreateIndex: number }): string => numberKey(row.CreateIndex);
const text = (value: string): string | undefined => (value === '' ? undefined : value);

export const definitions = {
  namespaces: named,
  nodePools: named,
  schedulerConfig: { key: () => schedulerConfigKey, indexes: {} },
  nodes: {
    key: (node: Node) => node.ID,
    indexes: {
      pool: (node: Node) => text(node.NodePool),
      secret: (node: Node) => text(node.SecretID),
    },
  },
  jobs: {
    key: (job: Job) => jobKey(job.Namespace, job.ID),
    indexes: {
      parent: (job: Job) => (job.ParentID === '' ? undefined : jobKey(job.Namespace, job.ParentID)),
      /** value `yes` for enabled periodic jobs */
      periodic: (job: Job) => (job.Periodic?.Enabled ? 'yes' : undefined),
      pool: (job: Job) => text(job.NodePool),
      /** dispatched jobs whose caller named the request, by parent and that name */
      dispatch: (job: Job) =>
        job.DispatchIdempotencyToken === ''
          ? undefined
          : dispatchKey(job.Namespace, job.ParentID, job.DispatchIdempotencyToken),
    },
  },
  jobVersions: { key: (row) => jobVersionKey(row.Job), indexes: {} },
  jobSummaries: { key: ofJob, indexes: {} },
  jobSubmissions: { key: (row) => submissionKey(row.Namespace, row.JobID, row.Version), indexes: {} },
  scalingPolicies: {
    key: (policy: ScalingPolicy) => policy.ID,
    indexes: {
      job: (policy: ScalingPolicy) =>
        jobKey(policy.Target?.['Namespace'] ?? '', policy.Target?.['Job'] ?? ''),
    },
  },
  scalingEvents: { key: ofJob, indexes: {} },
  periodicLaunches: { key: (launch) => jobKey(launch.Namespace, launch.ID), indexes: {} },
  evals: {
    key: (evaluation: Evaluation) => evaluation.ID,
    indexes: {
      job: ofJob,
      created,
      /** blocked and pending ones only */
      open: (evaluation: Evaluation) =>
        evaluation.Status === 'blocked' || evaluation.Status === 'pending' ? evaluation.Status : undefined,
    },
  },
  deployments: {
    key: (deployment: Deployment) => deployment.ID,
    indexes: { job: ofJob, created },
  },
  allocs: {
    key: (alloc: Allocation) => alloc.ID,
    indexes: {
      node: (alloc: Allocation) => text(alloc.NodeID),
      job: ofJob,
      eval: (alloc: Allocation) => text(alloc.EvalID),
      deployment: (alloc: Allocation) => text(alloc.DeploymentID),
      created,
    },
  },
} as const satisfies { readonly [N in TableName]: TableDefinition<Rows[N]> };

export type IndexName<N extends TableName> = keyof (typeof definitions)[N]['indexes'] & string;

export function definitionOf<N extends TableName>(table: N): TableDefinition<Rows[N]> {
  return definitions[table] as unknown as TableDefinition<Rows[N]>;
}

export interface IndexEntry<R> {
  readonly name: string;
  readonly valueIn: (row: R) => string | undefined;
  readonly keysOnly: boolean;
}

const indexLists: { readonly [table: string]: readonly IndexEntry<never>[] } = Object.fromEntries(
  Object.entries(definitions).map(([table, { indexes }]) => [
    table,
    Object.entries(indexes).map(([name, valueIn]) => ({ name, valueIn, keysOnly: holdsKeys(name) })),
  ]),
);

/** The indexes of a table as a list, made once: every write walks it. */
export function indexesOf<N extends TableName>(table: N): readonly IndexEntry<Rows[N]>[] {
  return indexLists[table] as unknown as readonly IndexEntry<Rows[N]>[];
}
