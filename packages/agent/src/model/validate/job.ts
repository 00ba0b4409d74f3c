// SPDX-License-Identifier: MPL-2.0
// Whether a canonicalized job can be registered. Reports every mistake, not only the first.

import { Job } from '@serai/api';
import { isSystemLike, jobTypes } from '../job-status.ts';
import { ErrorList, quote } from './error-list.ts';
import { validateGroup } from './group.ts';
import { validateListLengths } from './list-lengths.ts';
import { hasNull } from './path.ts';
import { validateLaunch } from './periodic.ts';
import { validateAffinities, validateConstraints, validateSpreads } from './placement.ts';
import { jobWarnings, type WarningOptions } from './warnings.ts';

export interface ValidateOptions extends WarningOptions {
  /** highest priority that the servers' configuration (job_max_priority) allows */
  readonly maxPriority?: number;
}

export interface Validation {
  /** one message per mistake; those of a group or task stand under its heading */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Highest priority where the server says nothing (server.job_max_priority). */
export const defaultMaxPriority = 100;
/** Bytes of a job's id; it is part of keys and paths. */
export const maxJobIdBytes = 1_024;

/** Checks everything that can be known without a cluster. Driver names are checked by whoever knows the drivers. */
export function validateJob(job: Job, options: ValidateOptions = {}): Validation {
  const errors = new ErrorList();
  validateListLengths(errors, Job, { value: job, path: 'Job' });
  if (errors.messages.length > 0) return { errors: errors.messages, warnings: [] };
  validateNames(errors, job);
  validateType(errors, job);
  const maxPriority = options.maxPriority ?? defaultMaxPriority;
  errors.addIf(
    job.Priority < 1 || job.Priority > maxPriority,
    `job priority must be between [1, ${maxPriority}]`,
  );
  validateWhere(errors, job);
  validateConstraints(errors, job.Constraints, 'job');
  if (!isSystemLike(job.Type)) {
    validateAffinities(errors, job.Affinities);
    validateSpreads(errors, job.Spreads);
  } else {
    errors.addIf((job.Affinities?.length ?? 0) > 0, 'System jobs may not have an affinity block');
    errors.addIf((job.Spreads?.length ?? 0) > 0, 'System jobs may not have a spread block');
  }
  validateGroups(errors, job);
  validateLaunch(errors, job);
  validateUi(errors, job);
  return { errors: errors.messages, warnings: jobWarnings(job, options) };
}

function validateNames(errors: ErrorList, job: Job): void {
  errors.addIf(job.Region === '', 'Missing job region');
  if (job.ID === '') errors.add('Missing job ID');
  errors.addIf(job.ID.includes(' '), 'Job ID contains a space');
  errors.addIf(hasNull(job.ID), 'Job ID contains a null character');
  errors.addIf(Buffer.byteLength(job.ID) > maxJobIdBytes, `Job ID is longer than ${maxJobIdBytes} bytes`);
  if (job.Name === '') errors.add('Missing job name');
  errors.addIf(hasNull(job.Name), 'Job Name contains a null character');
  errors.addIf(job.Namespace === '', 'Job must be in a namespace');
}

function validateType(errors: ErrorList, job: Job): void {
  if (job.Type === '') errors.add('Missing job type');
  else if (job.Type === 'core') errors.add('job type cannot be core');
  else if (!jobTypes.some((type) => type === job.Type)) errors.add(`Invalid job type: ${quote(job.Type)}`);
  const isDispatched = job.ParameterizedJob !== null && job.Dispatched;
  errors.addIf(
    job.Payload !== null && job.Payload !== '' && !isDispatched,
    "job can't be submitted with a payload, only dispatched",
  );
}

function validateWhere(errors: ErrorList, job: Job): void {
  const datacenters = job.Datacenters ?? [];
  errors.addIf(datacenters.length === 0 && job.Multiregion === null, 'Missing job datacenters');
  errors.addIf(
    datacenters.some((datacenter) => datacenter === ''),
    'Job datacenter must be non-empty string',
  );
  errors.addIf(
    job.NodePool !== '' && !/^[a-zA-Z0-9_-]{1,128}$/.test(job.NodePool),
    `Invalid node pool name ${quote(job.NodePool)}`,
  );
}

function validateGroups(errors: ErrorList, job: Job): void {
  const groups = job.TaskGroups ?? [];
  errors.addIf(groups.length === 0, 'Missing job task groups');
  const first = new Map<string, number>();
  for (const [i, group] of groups.entries()) {
    const before = first.get(group.Name);
    if (group.Name === '') errors.add(`Job task group ${i + 1} missing name`);
    else if (before === undefined) first.set(group.Name, i + 1);
    else errors.add(`Job task group ${i + 1} redefines '${group.Name}' from group ${before}`);
    errors.addIf(
      isSystemLike(job.Type) && group.Count > 1,
      `Job task group ${group.Name} has count ${group.Count}. Count cannot exceed 1 with ${job.Type} scheduler`,
    );
    errors.nest(`Task group ${group.Name} validation failed`, (inner) => validateGroup(inner, group, job));
  }
}

/** What the UI shows beside the job; links must not be scripts. */
function validateUi(errors: ErrorList, job: Job): void {
  for (const link of job.UI?.Links ?? []) {
    errors.addIf(
      !/^https?:\/\//i.test(link.URL),
      `ui link ${quote(link.Label)} must be an http or https URL; got ${quote(link.URL)}`,
    );
  }
}
