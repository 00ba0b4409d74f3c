// SPDX-License-Identifier: MPL-2.0
// Makes pending evaluations.

import { Evaluation, type Job, make } from '@serai/api';
import type { Stamp } from './stamp.ts';

type Given = Pick<Evaluation, 'Namespace' | 'Priority' | 'Type' | 'TriggeredBy' | 'JobID'> &
  Partial<Evaluation>;

/** A new pending evaluation; indexes are set when it is written. */
export function newEvaluation(fields: Given, stamp: Stamp): Evaluation {
  return make(Evaluation, {
    ID: stamp.uuid(),
    Status: 'pending',
    CreateTime: stamp.nowNs,
    ModifyTime: stamp.nowNs,
    ...fields,
  });
}

type JobFields = Pick<Job, 'Namespace' | 'ID' | 'Priority' | 'Type'> & Partial<Job>;

/** The same of a job; `priority` 0 or missing: the job's. */
export function jobEvaluation(
  job: JobFields,
  of: { readonly triggeredBy: string; readonly priority?: number; readonly deploymentId?: string },
  stamp: Stamp,
): Evaluation {
  return newEvaluation(
    {
      Namespace: job.Namespace,
      Priority: of.priority ? of.priority : job.Priority,
      Type: job.Type,
      TriggeredBy: of.triggeredBy,
      JobID: job.ID,
      JobModifyIndex: job.JobModifyIndex ?? 0,
      DeploymentID: of.deploymentId ?? '',
    },
    stamp,
  );
}
