// SPDX-License-Identifier: MPL-2.0
// A job as it is stored: every field present, every default filled in. Doing it twice changes nothing.

import {
  DecodeError,
  decode,
  type Input,
  Job,
  type JobSpec,
  type MultiregionRegion,
  type ParameterizedJobConfig,
  type PeriodicConfig,
  type Static,
  type UpdateStrategy,
} from '@serai/api';
import { AppError } from '#base';
import { isZeroBlock, mapPresent, overlay, textOr } from './given.ts';
import { canonicalizeGroup } from './group.ts';
import { normalize } from './normalize.ts';
import { defaultUpdate } from './policies.ts';

export interface CanonicalizeOptions {
  /** region of the agent that takes the job */
  readonly region?: string;
  /** namespace of the request */
  readonly namespace?: string;
  /** default pool of the namespace */
  readonly nodePool?: string;
}

export const defaultPriority = 50;

/** Fills in all defaults. Never refuses what only validation may refuse. */
export function canonicalizeJob(input: Input<JobSpec>, options: CanonicalizeOptions = {}): Job {
  const id = input.ID ?? '';
  const name = textOr(input.Name, id);
  const type = textOr(input.Type, 'service');
  const namespace = textOr(input.Namespace, options.namespace ?? 'default');
  const place = {
    jobId: id,
    jobName: name,
    jobType: type,
    namespace,
    consulNamespace: input.ConsulNamespace ?? '',
    update: input.Update,
    reschedule: input.Reschedule,
    migrate: input.Migrate,
  };
  const { Reschedule: _reschedule, Migrate: _migrate, ...rest } = input;
  const job: Input<Job> = {
    ...rest,
    ID: id,
    Name: name,
    Type: type,
    Namespace: namespace,
    Region: textOr(input.Region, options.region ?? 'global'),
    NodePool: textOr(input.NodePool, options.nodePool ?? 'default'),
    Priority: input.Priority || defaultPriority,
    Datacenters: (input.Datacenters?.length ?? 0) > 0 ? input.Datacenters : ['*'],
    Update: canonicalizeJobUpdate(type, input.Update),
    Periodic: input.Periodic ? canonicalizePeriodic(input.Periodic) : null,
    ParameterizedJob: input.ParameterizedJob ? canonicalizeParameterized(input.ParameterizedJob) : null,
    Multiregion: input.Multiregion ? canonicalizeMultiregion(input.Multiregion) : null,
    TaskGroups: mapPresent(input.TaskGroups, (group) => canonicalizeGroup(group, place)),
  };
  return toJob(job);
}

function toJob(job: Input<Job>): Job {
  try {
    return normalize(Job, decode(Job, job));
  } catch (error) {
    if (error instanceof DecodeError) throw new AppError('invalid', error.message, { cause: error });
    throw error;
  }
}

/** Only stagger and max_parallel are kept at job level, for readers of older versions; the groups hold the rest. */
function canonicalizeJobUpdate(
  jobType: string,
  update: Input<UpdateStrategy> | null | undefined,
): Input<UpdateStrategy> {
  if (isZeroBlock(update) && jobType !== 'service') return {};
  return {
    Stagger: update?.Stagger || defaultUpdate.Stagger,
    MaxParallel: update?.MaxParallel ?? defaultUpdate.MaxParallel,
  };
}

function canonicalizePeriodic(periodic: Input<PeriodicConfig>): Input<PeriodicConfig> {
  return {
    ...periodic,
    Enabled: periodic.Enabled ?? true,
    SpecType: textOr(periodic.SpecType, 'cron'),
    TimeZone: textOr(periodic.TimeZone, 'UTC'),
  };
}

function canonicalizeParameterized(config: Input<ParameterizedJobConfig>): Input<ParameterizedJobConfig> {
  return { ...config, Payload: textOr(config.Payload, 'optional') };
}

type RegionInput = Input<Static<typeof MultiregionRegion>>;

function canonicalizeMultiregion(
  multiregion: NonNullable<Input<Job>['Multiregion']>,
): NonNullable<Input<Job>['Multiregion']> {
  return {
    Strategy: overlay({ MaxParallel: 0, OnFailure: '' }, multiregion.Strategy),
    Regions: mapPresent(multiregion.Regions, (region: RegionInput) => ({
      ...region,
      Count: region.Count ?? 1,
    })),
  };
}
