// SPDX-License-Identifier: MPL-2.0
// Defaults of tasks and of the blocks inside them.

import {
  type ChangeScript,
  type Input,
  type LogConfig,
  type Resources,
  type RestartPolicy,
  type ScalingPolicy,
  type Static,
  second,
  type Task,
  type TaskArtifact,
  type Template,
  type Vault,
  type VolumeMount,
  type WorkloadIdentity,
} from '@serai/api';
import { isZeroBlock, mapPresent, overlay, present, textOr } from './given.ts';
import { canonicalizeNetwork } from './network.ts';
import { canonicalizeService } from './service.ts';

/** What a task inherits. */
export interface TaskPlace {
  readonly jobId: string;
  readonly jobName: string;
  readonly namespace: string;
  readonly groupName: string;
  readonly restart: Input<RestartPolicy>;
}

const defaultLog: LogConfig = { MaxFiles: 10, MaxFileSizeMB: 10, Disabled: false };
const defaultKillTimeout = 5 * second;

/** Audience of the token that a task uses towards the servers themselves. */
export const defaultIdentityAudience = 'nomadproject.io';
export const defaultIdentityName = 'default';

export function canonicalizeTask(task: Input<Task>, place: TaskPlace): Input<Task> {
  const name = task.Name ?? '';
  const identities = splitIdentities(task);
  return {
    ...task,
    KillTimeout: task.KillTimeout ?? defaultKillTimeout,
    LogConfig: overlay<LogConfig>(defaultLog, task.LogConfig),
    Resources: canonicalizeResources(task.Resources),
    RestartPolicy: overlay<RestartPolicy>(place.restart, task.RestartPolicy),
    Lifecycle: task.Lifecycle && !isZeroBlock(task.Lifecycle) ? task.Lifecycle : null,
    Services: mapPresent(task.Services, (service) =>
      canonicalizeService(service, { ...place, taskName: name }),
    ),
    Templates: mapPresent(task.Templates, canonicalizeTemplate),
    Artifacts: mapPresent(task.Artifacts, canonicalizeArtifact),
    Vault: task.Vault ? canonicalizeVault(task.Vault) : null,
    VolumeMounts: mapPresent(task.VolumeMounts, canonicalizeMount),
    ScalingPolicies: mapPresent(task.ScalingPolicies, (policy) => canonicalizeVertical(policy, place, name)),
    CSIPluginConfig: canonicalizeCsiPlugin(task.CSIPluginConfig),
    Identity: identities.main,
    Identities: identities.others,
  };
}

/** CPU stays 0 when whole cores are asked for. */
function canonicalizeResources(given: Input<Resources> | null | undefined): Input<Resources> {
  const cores = given?.Cores ?? 0;
  return {
    ...given,
    CPU: given?.CPU ?? (cores > 0 ? 0 : 100),
    Cores: cores,
    MemoryMB: given?.MemoryMB ?? 300,
    Networks: mapPresent(given?.Networks, canonicalizeNetwork),
    Devices: mapPresent(given?.Devices, (device) => ({ ...device, Count: device.Count ?? 1 })),
  };
}

const defaultChangeScript: Input<Static<typeof ChangeScript>> = { Timeout: 5 * second };

function canonicalizeTemplate(template: Input<Template>): Input<Template> {
  const mode = textOr(template.ChangeMode, 'restart');
  const signal = textOr(template.ChangeSignal, mode === 'signal' ? 'SIGHUP' : '');
  return {
    ...template,
    ChangeMode: mode,
    ChangeSignal: signal.toUpperCase(),
    ChangeScript: template.ChangeScript ? overlay(defaultChangeScript, template.ChangeScript) : null,
    Splay: template.Splay ?? 5 * second,
    Perms: textOr(template.Perms, '0644'),
    LeftDelim: textOr(template.LeftDelim, '{{'),
    RightDelim: textOr(template.RightDelim, '}}'),
    Wait: template.Wait && !isZeroBlock(template.Wait) ? template.Wait : null,
  };
}

function canonicalizeArtifact(artifact: Input<TaskArtifact>): Input<TaskArtifact> {
  const mode = textOr(artifact.GetterMode, 'any');
  const base = (artifact.GetterSource ?? '').split(/[?#]/)[0]?.split('/').pop() ?? '';
  return {
    ...artifact,
    GetterMode: mode,
    RelativeDest: textOr(artifact.RelativeDest, mode === 'file' ? `local/${base}` : 'local/'),
  };
}

function canonicalizeVault(vault: Input<Vault>): Input<Vault> {
  return {
    ...vault,
    Env: vault.Env ?? true,
    ChangeMode: textOr(vault.ChangeMode, 'restart'),
    ChangeSignal: textOr(vault.ChangeSignal, 'SIGHUP').toUpperCase(),
  };
}

function canonicalizeMount(mount: Input<VolumeMount>): Input<VolumeMount> {
  return { ...mount, PropagationMode: textOr(mount.PropagationMode, 'private') };
}

function canonicalizeVertical(
  policy: Input<ScalingPolicy>,
  place: TaskPlace,
  task: string,
): Input<ScalingPolicy> {
  const target = { Namespace: place.namespace, Job: place.jobId, Group: place.groupName, Task: task };
  return { ...policy, Enabled: policy.Enabled ?? true, Target: target };
}

function canonicalizeCsiPlugin(plugin: Input<Task>['CSIPluginConfig']): Input<Task>['CSIPluginConfig'] {
  if (!plugin || isZeroBlock(plugin)) return null;
  return {
    ...plugin,
    MountDir: textOr(plugin.MountDir, '/csi'),
    StagePublishBaseDir: textOr(plugin.StagePublishBaseDir, '/local/csi'),
    HealthTimeout: plugin.HealthTimeout || 30 * second,
  };
}

/** Every task has the default identity; those with other names go to the list. */
function splitIdentities(task: Input<Task>): {
  main: Input<WorkloadIdentity>;
  others: Input<WorkloadIdentity>[] | null;
} {
  const isDefault = (identity: Input<WorkloadIdentity>): boolean =>
    textOr(identity.Name, defaultIdentityName) === defaultIdentityName;
  const all = [...present([task.Identity]), ...present(task.Identities)];
  const others = all.filter((identity) => !isDefault(identity));
  const given = all.find(isDefault) ?? {};
  const main: Input<WorkloadIdentity> = {
    ...given,
    Name: defaultIdentityName,
    Audience: (given.Audience?.length ?? 0) > 0 ? given.Audience : [defaultIdentityAudience],
    ChangeSignal: given.ChangeSignal?.toUpperCase(),
  };
  return {
    main,
    others:
      others.length === 0
        ? null
        : others.map((identity) => ({ ...identity, ChangeSignal: identity.ChangeSignal?.toUpperCase() })),
  };
}
