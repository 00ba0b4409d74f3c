// SPDX-License-Identifier: MPL-2.0
// Volumes of a group, their mounts in tasks, and tasks that are themselves volume plugins.

import type { Job, Static, Task, TaskCSIPluginConfig, TaskGroup, VolumeRequest } from '@serai/api';
import { isSystemLike } from '../job-status.ts';
import { type ErrorList, quote } from './error-list.ts';

const accessModes = [
  'single-node-reader-only',
  'single-node-writer',
  'multi-node-reader-only',
  'multi-node-single-writer',
  'multi-node-multi-writer',
];
const attachmentModes = ['file-system', 'block-device'];

export function validateVolumes(errors: ErrorList, group: TaskGroup, job: Job): void {
  const canaries = (group.Update?.Canary ?? 0) > 0;
  for (const [name, volume] of Object.entries(group.Volumes ?? {})) {
    errors.nest(`Task group volume validation for ${name} failed`, (inner) => {
      validateVolume(inner, volume);
      inner.addIf(
        volume.PerAlloc && isSystemLike(job.Type),
        'volume cannot be per_alloc for system or sysbatch jobs',
      );
      inner.addIf(volume.PerAlloc && canaries, 'volume cannot be per_alloc when canaries are in use');
    });
  }
}

function validateVolume(errors: ErrorList, volume: VolumeRequest): void {
  if (volume.Type !== 'host' && volume.Type !== 'csi') {
    errors.add(`volume has unrecognized type ${quote(volume.Type)}; must be host or csi`);
    return;
  }
  errors.addIf(volume.Source === '', 'volume has an empty source');
  const access = volume.AccessMode;
  const attachment = volume.AttachmentMode;
  errors.addIf(
    access !== '' && !accessModes.includes(access),
    `volume has unrecognized access mode ${quote(access)}; must be one of ${accessModes.join(', ')}`,
  );
  errors.addIf(
    attachment !== '' && !attachmentModes.includes(attachment),
    `volume has unrecognized attachment mode ${quote(attachment)}; must be one of ${attachmentModes.join(', ')}`,
  );
  if (volume.Type === 'host') {
    errors.addIf(volume.MountOptions !== null, 'host volumes cannot have mount options');
    return;
  }
  errors.addIf(access === '', 'CSI volumes must have an access mode');
  errors.addIf(attachment === '', 'CSI volumes must have an attachment mode');
  errors.addIf(volume.Sticky ?? false, 'CSI volumes cannot be sticky');
  errors.addIf(
    volume.MountOptions !== null && attachment === 'block-device',
    'mount options are for volumes with attachment mode file-system only',
  );
  errors.addIf(!volume.ReadOnly && access.endsWith('reader-only'), `${access} volumes must be read-only`);
}

export function validateMounts(errors: ErrorList, task: Task, group: TaskGroup): void {
  for (const [i, mount] of (task.VolumeMounts ?? []).entries()) {
    const known = group.Volumes && Object.hasOwn(group.Volumes, mount.Volume);
    errors.addIf(!known, `Volume Mount (${i}) references undefined volume ${mount.Volume}`);
    errors.addIf(mount.Destination === '', `Volume Mount (${i}) must specify a destination`);
    errors.addIf(
      !['private', 'host-to-task', 'bidirectional'].includes(mount.PropagationMode),
      `Volume Mount (${i}) has an invalid propagation mode: ${quote(mount.PropagationMode)}`,
    );
  }
}

export function validateCsiPlugin(errors: ErrorList, plugin: Static<typeof TaskCSIPluginConfig>): void {
  errors.addIf(plugin.ID === '', 'CSIPluginConfig must have a non-empty PluginID');
  errors.addIf(
    !['node', 'controller', 'monolith'].includes(plugin.Type),
    `CSIPluginConfig PluginType must be one of 'node', 'controller', or 'monolith', got: ${quote(plugin.Type)}`,
  );
  const inside = `${plugin.StagePublishBaseDir}/`.startsWith(`${plugin.MountDir}/`);
  errors.addIf(inside, 'CSIPluginConfig StagePublishBaseDir must not be inside the MountDir');
  errors.addIf(plugin.HealthTimeout < 0, 'CSIPluginConfig HealthTimeout must not be negative');
}
