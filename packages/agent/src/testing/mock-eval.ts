// SPDX-License-Identifier: MPL-2.0
// A pending evaluation, as registering the job makes it.

import { Evaluation, type Job, make } from '@serai/api';
import { systemRandom } from '#base';

export function mockEval(overrides: Partial<Evaluation> = {}): Evaluation {
  return make(Evaluation, {
    ID: systemRandom.uuid(),
    Namespace: 'default',
    Priority: 50,
    Type: 'service',
    TriggeredBy: 'job-register',
    JobID: systemRandom.uuid(),
    Status: 'pending',
    ...overrides,
  });
}

/** An evaluation of this job. */
export function mockEvalOf(job: Job, overrides: Partial<Evaluation> = {}): Evaluation {
  return mockEval({
    Namespace: job.Namespace,
    Priority: job.Priority,
    Type: job.Type,
    JobID: job.ID,
    JobModifyIndex: job.JobModifyIndex,
    ...overrides,
  });
}
