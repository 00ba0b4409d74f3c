// SPDX-License-Identifier: MPL-2.0
// A task group.

import type { Job, ScalingPolicy, TaskGroup } from '@serai/api';
import { isSystemLike } from '../job-status.ts';
import { type ErrorList, quote } from './error-list.ts';
import { validateGroupNetworks } from './network.ts';
import { hasNull } from './path.ts';
import { validateAffinities, validateConstraints, validateSpreads } from './placement.ts';
import {
  validateDisconnect,
  validateMigrate,
  validateReschedule,
  validateRestart,
  validateUpdate,
} from './policies.ts';
import { validateGroupServices } from './service/service.ts';
import { validateTask } from './task/task.ts';
import { validateVolumes } from './volume.ts';

/** MiB */
const minDiskMb = 10;

export function validateGroup(errors: ErrorList, group: TaskGroup, job: Job): void {
  if (group.Name === '') errors.add('Missing task group name');
  errors.addIf(hasNull(group.Name), 'Task group name contains a null character');
  errors.addIf(group.Count < 0, "Task group count can't be negative");
  errors.addIf((group.Tasks?.length ?? 0) === 0, 'Missing tasks for task group');
  errors.addIf((group.ShutdownDelay ?? 0) < 0, 'ShutdownDelay must be a positive value');
  errors.addIf((group.MaxRunDuration ?? 0) < 0, 'max_run_duration must be a positive value');
  validateDisconnect(errors, group);
  validateConstraints(errors, group.Constraints, 'group');
  if (isSystemLike(job.Type)) {
    errors.addIf((group.Affinities?.length ?? 0) > 0, 'System jobs may not have an affinity block');
    errors.addIf((group.Spreads?.length ?? 0) > 0, 'System jobs may not have a spread block');
  } else {
    validateAffinities(errors, group.Affinities);
    validateSpreads(errors, group.Spreads);
  }
  validateGroupPolicies(errors, group, job);
  validateDisk(errors, group);
  if (group.Scaling) validateScaling(errors, group.Scaling, group);
  validateVolumes(errors, group, job);
  validateGroupNetworks(errors, group);
  validateGroupServices(errors, group);
  validateTasks(errors, group, job);
}

function validateGroupPolicies(errors: ErrorList, group: TaskGroup, job: Job): void {
  if (group.RestartPolicy) validateRestart(errors, group.RestartPolicy);
  else errors.add(`Task Group ${group.Name} should have a restart policy`);
  if (group.ReschedulePolicy) {
    if (isSystemLike(job.Type)) errors.add('System jobs should not have a reschedule policy');
    else validateReschedule(errors, group.ReschedulePolicy);
  }
  if (group.Update) {
    const allowed = job.Type === 'service' || job.Type === 'system';
    if (allowed) errors.nest('Update block validation failed', (inner) => validateUpdateOf(inner, group));
    else errors.add(`Job type ${quote(job.Type)} does not allow update block`);
  }
  if (group.Migrate) {
    if (job.Type === 'service') validateMigrate(errors, group.Migrate);
    else errors.add(`Job type ${quote(job.Type)} does not allow migrate block`);
  }
}

function validateUpdateOf(errors: ErrorList, group: TaskGroup): void {
  if (group.Update) validateUpdate(errors, group.Update);
}

function validateDisk(errors: ErrorList, group: TaskGroup): void {
  const disk = group.EphemeralDisk;
  if (!disk) {
    errors.add(`Task Group ${group.Name} should have an ephemeral disk object`);
    return;
  }
  errors.addIf(disk.SizeMB < minDiskMb, `minimum DiskMB value is ${minDiskMb}; got ${disk.SizeMB}`);
}

function validateScaling(errors: ErrorList, scaling: ScalingPolicy, group: TaskGroup): void {
  errors.nest('Scaling policy invalid', (inner) => {
    inner.addIf(scaling.Min < 0, 'minimum count must be specified and non-negative');
    inner.addIf(scaling.Max < scaling.Min, 'maximum count must not be less than minimum count');
    inner.addIf(
      group.Count < scaling.Min,
      `task group count must not be less than minimum count in scaling policy; got ${group.Count}, need at least ${scaling.Min}`,
    );
    inner.addIf(
      group.Count > scaling.Max && scaling.Max >= scaling.Min,
      `task group count must not be greater than maximum count in scaling policy; got ${group.Count}, need at most ${scaling.Max}`,
    );
  });
}

function validateTasks(errors: ErrorList, group: TaskGroup, job: Job): void {
  const first = new Map<string, number>();
  let leaders = 0;
  for (const [i, task] of (group.Tasks ?? []).entries()) {
    const before = first.get(task.Name);
    if (task.Name === '') errors.add(`Task ${i + 1} missing name`);
    else if (before === undefined) first.set(task.Name, i + 1);
    else errors.add(`Task ${i + 1} redefines '${task.Name}' from task ${before}`);
    if (task.Leader) leaders += 1;
    errors.nest(`Task ${task.Name} validation failed`, (inner) => {
      validateTask(inner, task, group);
      inner.addIf(
        isSystemLike(job.Type) && (task.Affinities?.length ?? 0) > 0,
        'System jobs may not have an affinity block',
      );
    });
  }
  errors.addIf(leaders > 1, 'Only one task may be marked as leader');
}
