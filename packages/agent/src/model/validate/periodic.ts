// SPDX-License-Identifier: MPL-2.0
// Jobs that are launched by the clock or by dispatch.

import type { Job, ParameterizedJobConfig, PeriodicConfig } from '@serai/api';
import { cronError, cronSpecs, isTimeZone } from '../cron.ts';
import { type ErrorList, quote } from './error-list.ts';

function isBatchLike(job: Job): boolean {
  return job.Type === 'batch' || job.Type === 'sysbatch';
}

export function validateLaunch(errors: ErrorList, job: Job): void {
  const { Periodic: periodic, ParameterizedJob: parameterized } = job;
  if (periodic) {
    errors.addIf(!isBatchLike(job), 'Periodic can only be used with "batch" or "sysbatch" scheduler');
    validatePeriodic(errors, periodic);
  }
  if (parameterized) {
    errors.addIf(
      !isBatchLike(job),
      'Parameterized job can only be used with "batch" or "sysbatch" scheduler',
    );
    validateParameterized(errors, parameterized);
  }
}

/** Most expressions in one periodic block. */
const maxCronSpecs = 64;

function validatePeriodic(errors: ErrorList, periodic: PeriodicConfig): void {
  if (!periodic.Enabled) return;
  const specs = cronSpecs(periodic);
  errors.addIf(periodic.Spec !== '' && (periodic.Specs?.length ?? 0) > 0, 'Only cron or crons may be used');
  errors.addIf(specs.length === 0, 'Must specify a spec');
  errors.addIf(
    specs.length > maxCronSpecs,
    `At most ${maxCronSpecs} cron expressions are allowed; got ${specs.length}`,
  );
  errors.addIf(
    !isTimeZone(periodic.TimeZone),
    `Invalid time zone ${quote(periodic.TimeZone)}: not in the time zone database`,
  );
  if (periodic.SpecType !== 'cron') {
    errors.add(`Unknown periodic specification type ${quote(periodic.SpecType)}`);
    return;
  }
  for (const spec of specs.slice(0, maxCronSpecs)) {
    const problem = cronError(spec);
    if (problem !== undefined) errors.add(`Invalid cron spec ${quote(spec)}: ${problem}`);
  }
}

function validateParameterized(errors: ErrorList, config: ParameterizedJobConfig): void {
  errors.addIf(
    !['optional', 'required', 'forbidden'].includes(config.Payload),
    `Unknown payload requirement: ${quote(config.Payload)}`,
  );
  const required = new Set(config.MetaRequired ?? []);
  const both = (config.MetaOptional ?? []).filter((key) => required.has(key));
  errors.addIf(
    both.length > 0,
    `Required and optional meta keys should be disjoint. Following keys exist in both: [${both.join(' ')}]`,
  );
}
