// SPDX-License-Identifier: MPL-2.0
// Defaults of the blocks that say how a group is restarted, replaced, updated and migrated.

import {
  hour,
  type Input,
  type MigrateStrategy,
  minute,
  type ReschedulePolicy,
  type RestartPolicy,
  second,
  type UpdateStrategy,
} from '@serai/api';
import { isSystemLike } from '../job-status.ts';
import { isZeroBlock, overlay } from './given.ts';

export const defaultUpdate: UpdateStrategy = {
  Stagger: 30 * second,
  MaxParallel: 1,
  HealthCheck: 'checks',
  MinHealthyTime: 10 * second,
  HealthyDeadline: 5 * minute,
  ProgressDeadline: 10 * minute,
  AutoRevert: false,
  AutoPromote: false,
  Canary: 0,
};

const defaultMigrate: MigrateStrategy = {
  MaxParallel: 1,
  HealthCheck: 'checks',
  MinHealthyTime: 10 * second,
  HealthyDeadline: 5 * minute,
};

const serviceRestart: RestartPolicy = {
  Attempts: 2,
  Interval: 30 * minute,
  Delay: 15 * second,
  Mode: 'fail',
  RenderTemplates: false,
};

const batchRestart: RestartPolicy = { ...serviceRestart, Attempts: 3, Interval: 24 * hour };

const serviceReschedule: ReschedulePolicy = {
  Attempts: 0,
  Interval: 0,
  Delay: 30 * second,
  DelayFunction: 'exponential',
  MaxDelay: hour,
  Unlimited: true,
};

const batchReschedule: ReschedulePolicy = {
  Attempts: 1,
  Interval: 24 * hour,
  Delay: 5 * second,
  DelayFunction: 'constant',
  MaxDelay: 0,
  Unlimited: false,
};

const noReschedule: ReschedulePolicy = {
  ...batchReschedule,
  Attempts: 0,
  Interval: 0,
  Delay: 0,
  DelayFunction: '',
};

/** The policy of a group without restart block. */
export function defaultRestartPolicy(jobType: string): RestartPolicy {
  return jobType === 'batch' || jobType === 'sysbatch' ? batchRestart : serviceRestart;
}

export function defaultReschedulePolicy(jobType: string): ReschedulePolicy {
  if (isSystemLike(jobType)) return noReschedule;
  return jobType === 'batch' ? batchReschedule : serviceReschedule;
}

/** Group over job over default. Null when neither says anything and the job's type has no rolling updates. */
export function groupUpdate(
  jobType: string,
  ofJob: Input<UpdateStrategy> | null | undefined,
  ofGroup: Input<UpdateStrategy> | null | undefined,
): Input<UpdateStrategy> | null {
  const inherited = isZeroBlock(ofJob) ? null : ofJob;
  if (!inherited && !ofGroup && jobType !== 'service') return null;
  return overlay<UpdateStrategy>(overlay<UpdateStrategy>(defaultUpdate, inherited), ofGroup);
}

export function groupReschedule(
  jobType: string,
  ofJob: Input<ReschedulePolicy> | null | undefined,
  ofGroup: Input<ReschedulePolicy> | null | undefined,
): Input<ReschedulePolicy> | null {
  if (!ofJob && !ofGroup && isSystemLike(jobType)) return null;
  return overlay<ReschedulePolicy>(
    overlay<ReschedulePolicy>(defaultReschedulePolicy(jobType), ofJob),
    ofGroup,
  );
}

export function groupMigrate(
  jobType: string,
  ofJob: Input<MigrateStrategy> | null | undefined,
  ofGroup: Input<MigrateStrategy> | null | undefined,
): Input<MigrateStrategy> | null {
  if (!ofJob && !ofGroup && jobType !== 'service') return null;
  return overlay<MigrateStrategy>(overlay<MigrateStrategy>(defaultMigrate, ofJob), ofGroup);
}

/** Restart policy of a group: its own fields over the default of the job's type. */
export function groupRestart(
  jobType: string,
  ofGroup: Input<RestartPolicy> | null | undefined,
): Input<RestartPolicy> {
  return overlay<RestartPolicy>(defaultRestartPolicy(jobType), ofGroup);
}
