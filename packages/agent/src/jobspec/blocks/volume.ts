// SPDX-License-Identifier: MPL-2.0
// volume, volume_mount, csi_plugin and ephemeral_disk.

import { CSIMountOptions, EphemeralDisk, TaskCSIPluginConfig, VolumeMount, VolumeRequest } from '@serai/api';
import { type BlockSpec, blockSpec, one } from '../decode/block-spec.ts';

const mountOptionsSpec: BlockSpec = blockSpec(CSIMountOptions, {
  attributes: { fs_type: 'FSType', mount_flags: 'MountFlags' },
});

export const volumeSpec: BlockSpec = blockSpec(VolumeRequest, {
  labelField: 'Name',
  attributes: {
    type: 'Type',
    source: 'Source',
    read_only: 'ReadOnly',
    sticky: 'Sticky',
    access_mode: 'AccessMode',
    attachment_mode: 'AttachmentMode',
    per_alloc: 'PerAlloc',
  },
  blocks: { mount_options: one('MountOptions', () => mountOptionsSpec) },
});

export const volumeMountSpec: BlockSpec = blockSpec(VolumeMount, {
  attributes: {
    volume: 'Volume',
    destination: 'Destination',
    read_only: 'ReadOnly',
    propagation_mode: 'PropagationMode',
    selinux_label: 'SELinuxLabel',
  },
});

export const csiPluginSpec: BlockSpec = blockSpec(TaskCSIPluginConfig, {
  attributes: {
    id: 'ID',
    type: 'Type',
    mount_dir: 'MountDir',
    stage_publish_base_dir: 'StagePublishBaseDir',
    health_timeout: 'HealthTimeout',
  },
});

export const ephemeralDiskSpec: BlockSpec = blockSpec(EphemeralDisk, {
  attributes: { sticky: 'Sticky', size: 'SizeMB', migrate: 'Migrate' },
});
