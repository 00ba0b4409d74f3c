// SPDX-License-Identifier: MPL-2.0
// task, with action, schedule and lifecycle.

import { Task, TaskAction, TaskLifecycleConfig, TaskSchedule, TaskScheduleCron } from '@serai/api';
import { type BlockSpec, blockSpec, many, one } from '../decode/block-spec.ts';
import { artifactSpec, dispatchPayloadSpec, templateSpec } from './files.ts';
import { consulSpec, identitySpec, secretSpec, vaultSpec } from './identity.ts';
import { affinitySpec, constraintSpec } from './placement.ts';
import { restartSpec, taskScalingSpec } from './policies.ts';
import { logsSpec, resourcesSpec } from './resources.ts';
import { serviceSpec } from './service.ts';
import { csiPluginSpec, volumeMountSpec } from './volume.ts';

const lifecycleSpec: BlockSpec = blockSpec(TaskLifecycleConfig, {
  attributes: { hook: 'Hook', sidecar: 'Sidecar' },
});

const actionSpec: BlockSpec = blockSpec(TaskAction, {
  labelField: 'Name',
  attributes: { command: 'Command', args: 'Args' },
});

const scheduleCronSpec: BlockSpec = blockSpec(TaskScheduleCron, {
  attributes: { start: 'Start', end: 'End', timezone: 'Timezone' },
});
const scheduleSpec: BlockSpec = blockSpec(TaskSchedule, {
  blocks: { cron: one('Cron', () => scheduleCronSpec) },
});

export const taskSpec: BlockSpec = blockSpec(Task, {
  labelField: 'Name',
  attributes: {
    driver: 'Driver',
    user: 'User',
    kill_timeout: 'KillTimeout',
    kill_signal: 'KillSignal',
    leader: 'Leader',
    shutdown_delay: 'ShutdownDelay',
    kind: 'Kind',
  },
  maps: { env: 'Env', meta: 'Meta' },
  free: { config: 'Config' },
  blocks: {
    constraint: many('Constraints', () => constraintSpec),
    affinity: many('Affinities', () => affinitySpec),
    artifact: many('Artifacts', () => artifactSpec),
    template: many('Templates', () => templateSpec),
    volume_mount: many('VolumeMounts', () => volumeMountSpec),
    service: many('Services', () => serviceSpec),
    resources: one('Resources', () => resourcesSpec),
    restart: one('RestartPolicy', () => restartSpec),
    logs: one('LogConfig', () => logsSpec),
    vault: one('Vault', () => vaultSpec),
    consul: one('Consul', () => consulSpec),
    lifecycle: one('Lifecycle', () => lifecycleSpec),
    dispatch_payload: one('DispatchPayload', () => dispatchPayloadSpec),
    csi_plugin: one('CSIPluginConfig', () => csiPluginSpec),
    identity: many('Identities', () => identitySpec),
    action: many('Actions', () => actionSpec),
    schedule: one('Schedule', () => scheduleSpec),
    secret: many('Secrets', () => secretSpec),
    scaling: many('ScalingPolicies', () => taskScalingSpec),
  },
  finish: (fields) => {
    const identities = (fields['Identities'] ?? []) as readonly Record<string, unknown>[];
    const main = identities.find((identity) => (identity['Name'] ?? 'default') === 'default');
    if (!main) return fields;
    const others = identities.filter((identity) => identity !== main);
    return { ...fields, Identity: main, Identities: others.length > 0 ? others : undefined };
  },
});
