// SPDX-License-Identifier: MPL-2.0
// Blocks that say how allocations are restarted, replaced, updated, scaled and launched.

import {
  DisconnectStrategy,
  MigrateStrategy,
  ParameterizedJobConfig,
  PeriodicConfig,
  ReschedulePolicy,
  RestartPolicy,
  ScalingPolicy,
  UpdateStrategy,
} from '@serai/api';
import { type BlockSpec, blockSpec } from '../decode/block-spec.ts';

export const restartSpec: BlockSpec = blockSpec(RestartPolicy, {
  attributes: {
    attempts: 'Attempts',
    interval: 'Interval',
    delay: 'Delay',
    mode: 'Mode',
    render_templates: 'RenderTemplates',
  },
});

export const rescheduleSpec: BlockSpec = blockSpec(ReschedulePolicy, {
  attributes: {
    attempts: 'Attempts',
    interval: 'Interval',
    delay: 'Delay',
    delay_function: 'DelayFunction',
    max_delay: 'MaxDelay',
    unlimited: 'Unlimited',
  },
});

export const updateSpec: BlockSpec = blockSpec(UpdateStrategy, {
  attributes: {
    stagger: 'Stagger',
    max_parallel: 'MaxParallel',
    health_check: 'HealthCheck',
    min_healthy_time: 'MinHealthyTime',
    healthy_deadline: 'HealthyDeadline',
    progress_deadline: 'ProgressDeadline',
    auto_revert: 'AutoRevert',
    auto_promote: 'AutoPromote',
    canary: 'Canary',
  },
});

export const migrateSpec: BlockSpec = blockSpec(MigrateStrategy, {
  attributes: {
    max_parallel: 'MaxParallel',
    health_check: 'HealthCheck',
    min_healthy_time: 'MinHealthyTime',
    healthy_deadline: 'HealthyDeadline',
  },
});

export const disconnectSpec: BlockSpec = blockSpec(DisconnectStrategy, {
  attributes: {
    lost_after: 'LostAfter',
    stop_on_client_after: 'StopOnClientAfter',
    replace: 'Replace',
    reconcile: 'Reconcile',
  },
});

const scalingAttributes = { min: 'Min', max: 'Max', enabled: 'Enabled', type: 'Type' } as const;

/** Scaling of a group: how many allocations. */
export const groupScalingSpec: BlockSpec = blockSpec(ScalingPolicy, {
  attributes: scalingAttributes,
  free: { policy: 'Policy' },
  finish: (fields, context) => {
    const max = fields['Max'];
    if (max === undefined && !context.content.attribute('max'))
      context.body.scope.diagnostics.error(
        'Missing required argument',
        'The argument "max" is required in a scaling block, but no definition was found.',
        context.block?.headRange,
      );
    return fields;
  },
});

const verticalTypes: Readonly<Record<string, string>> = { cpu: 'vertical_cpu', mem: 'vertical_mem' };

/** Scaling of a task: how much of one resource. The label names it. */
export const taskScalingSpec: BlockSpec = blockSpec(ScalingPolicy, {
  labels: ['resource'],
  attributes: { min: 'Min', max: 'Max', enabled: 'Enabled' },
  free: { policy: 'Policy' },
  finish: (fields, context) => {
    const label = context.block?.labels[0];
    const type = verticalTypes[label?.text ?? ''];
    if (type === undefined)
      context.body.scope.diagnostics.error(
        'Invalid scaling policy name',
        `A scaling block of a task is named "cpu" or "mem", not ${JSON.stringify(label?.text ?? '')}.`,
        label?.range,
      );
    return { ...fields, Type: type ?? '' };
  },
});

export const periodicSpec: BlockSpec = blockSpec(PeriodicConfig, {
  attributes: {
    cron: 'Spec',
    crons: 'Specs',
    enabled: 'Enabled',
    prohibit_overlap: 'ProhibitOverlap',
    time_zone: 'TimeZone',
  },
  finish: (fields) => ({ ...fields, SpecType: 'cron' }),
});

export const parameterizedSpec: BlockSpec = blockSpec(ParameterizedJobConfig, {
  attributes: { payload: 'Payload', meta_required: 'MetaRequired', meta_optional: 'MetaOptional' },
});
