// SPDX-License-Identifier: MPL-2.0
// Scaling policies, which live in the job, and the history of its scaling.

import { createHash } from 'node:crypto';
import type { Job, ScalingEvent, ScalingPolicy } from '@serai/api';
import { equalObjects } from '#model';
import { jobKey } from '../../tables/keys.ts';
import type { Tx } from '../../tx.ts';

/** Scaling events kept per task group. */
export const maxScalingEvents = 20;

/** Makes the stored policies those of the job; a stopped job has none. */
export function syncScalingPolicies(tx: Tx, job: Job): void {
  const wanted = new Map((job.Stop ? [] : policiesOf(job)).map((policy) => [policy.ID, policy] as const));
  for (const existing of [...tx.scalingPoliciesByJob(job.Namespace, job.ID)]) {
    if (!wanted.has(existing.ID)) tx.delete('scalingPolicies', existing.ID);
  }
  for (const policy of wanted.values()) {
    const existing = tx.scalingPolicy(policy.ID);
    if (existing && equalObjects(existing, policy, indexFields)) continue;
    tx.put('scalingPolicies', {
      ...policy,
      CreateIndex: existing?.CreateIndex ?? tx.index,
      ModifyIndex: tx.index,
    });
  }
}

const indexFields: ReadonlySet<string> = new Set(['CreateIndex', 'ModifyIndex']);

function policiesOf(job: Job): ScalingPolicy[] {
  const policies: ScalingPolicy[] = [];
  for (const group of job.TaskGroups ?? []) {
    if (group.Scaling) policies.push(targeted(job, group.Scaling, { Group: group.Name }));
    for (const task of group.Tasks ?? []) {
      for (const policy of task.ScalingPolicies ?? []) {
        policies.push(targeted(job, policy, { Group: group.Name, Task: task.Name }));
      }
    }
  }
  return policies;
}

function targeted(job: Job, policy: ScalingPolicy, part: Readonly<Record<string, string>>): ScalingPolicy {
  const target = { Namespace: job.Namespace, Job: job.ID, ...part };
  return { ...policy, ID: policyId(policy.Type, target), Target: target };
}

/** The same target has the same id in every version of the job, on every server. */
function policyId(type: string, target: Readonly<Record<string, string>>): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([type, target['Namespace'], target['Job'], target['Group'], target['Task'] ?? '']))
    .digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export interface ScalingEventInput {
  readonly namespace: string;
  readonly jobId: string;
  readonly group: string;
  readonly event: ScalingEvent;
}

/** Newest first. */
export function addScalingEvent(tx: Tx, input: ScalingEventInput): void {
  const { namespace, jobId, group } = input;
  const existing = tx.scalingEvents(namespace, jobId);
  const events = [{ ...input.event, CreateIndex: tx.index }, ...(existing?.ScalingEvents[group] ?? [])];
  tx.put('scalingEvents', {
    Namespace: namespace,
    JobID: jobId,
    ScalingEvents: { ...existing?.ScalingEvents, [group]: events.slice(0, maxScalingEvents) },
    ModifyIndex: tx.index,
  });
}

export function deleteScaling(tx: Tx, namespace: string, jobId: string): void {
  for (const policy of [...tx.scalingPoliciesByJob(namespace, jobId)])
    tx.delete('scalingPolicies', policy.ID);
  tx.delete('scalingEvents', jobKey(namespace, jobId));
}
