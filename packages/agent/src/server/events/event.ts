// SPDX-License-Identifier: MPL-2.0
// What subscribers are told about one row: topic, type, keys to filter by, and the object itself.

import type { Allocation, Deployment, Evaluation, Job, Node, NodePool } from '@serai/api';
import type { CommittedOperation, RowChange } from '#state';
import { eventType } from './event-type.ts';

export interface Event {
  readonly topic: string;
  /** named for the write, not for the row: one write has events of several topics with the same type */
  readonly type: string;
  readonly key: string;
  /** '' for objects of no namespace, which every namespace sees */
  readonly namespace: string;
  /** further ids that a subscriber may ask for */
  readonly filterKeys: readonly string[] | null;
  /** Made when the event is encoded; most events are never read. */
  readonly payload: () => Readonly<Record<string, object>>;
}

type Described = Omit<Event, 'type'>;

/** What happened in one commit, in the order of its operations. Tables that have no topic are left out. */
export function eventsOf(operations: Iterable<CommittedOperation>): Event[] {
  const events: Event[] = [];
  for (const { name, changes } of operations) {
    for (const change of changes.values()) {
      const described = describe(change);
      const type = described && eventType(name, change);
      if (type !== undefined && described) events.push({ ...described, type });
    }
  }
  return events;
}

function describe(change: RowChange): Described | undefined {
  const row = change.after ?? change.before;
  switch (change.table) {
    case 'jobs':
      return ofJob(row as Job);
    case 'evals':
      return ofEvaluation(row as Evaluation);
    case 'allocs':
      return ofAllocation(row as Allocation);
    case 'deployments':
      return ofDeployment(row as Deployment);
    case 'nodes':
      return ofNode(row as Node);
    case 'nodePools':
      return ofNodePool(row as NodePool);
    default:
      return undefined;
  }
}

function ofJob(job: Job): Described {
  return {
    topic: 'Job',
    key: job.ID,
    namespace: job.Namespace,
    filterKeys: null,
    payload: () => ({ Job: job }),
  };
}

function ofEvaluation(evaluation: Evaluation): Described {
  return {
    topic: 'Evaluation',
    key: evaluation.ID,
    namespace: evaluation.Namespace,
    filterKeys: [evaluation.JobID, evaluation.DeploymentID],
    payload: () => ({ Evaluation: evaluation }),
  };
}

/** Without its job, which would be in every one of a thousand events, and without the tokens of its tasks. */
function ofAllocation(alloc: Allocation): Described {
  return {
    topic: 'Allocation',
    key: alloc.ID,
    namespace: alloc.Namespace,
    filterKeys: [alloc.JobID, alloc.DeploymentID],
    payload: () => {
      const { SignedIdentities: _, ...shown } = alloc;
      return { Allocation: { ...shown, Job: null } };
    },
  };
}

function ofDeployment(deployment: Deployment): Described {
  return {
    topic: 'Deployment',
    key: deployment.ID,
    namespace: deployment.Namespace,
    filterKeys: [deployment.JobID],
    payload: () => ({ Deployment: deployment }),
  };
}

/** Its secret is the client's password: never told. */
function ofNode(node: Node): Described {
  return {
    topic: 'Node',
    key: node.ID,
    namespace: '',
    filterKeys: null,
    payload: () => ({ Node: { ...node, SecretID: '' } }),
  };
}

function ofNodePool(pool: NodePool): Described {
  return {
    topic: 'NodePool',
    key: pool.Name,
    namespace: '',
    filterKeys: null,
    payload: () => ({ NodePool: pool }),
  };
}

/** Go's field order. */
export function eventJson(event: Event, index: number): object {
  return {
    Topic: event.topic,
    Type: event.type,
    Key: event.key,
    Namespace: event.namespace,
    FilterKeys: event.filterKeys,
    Index: index,
    Payload: event.payload(),
  };
}
