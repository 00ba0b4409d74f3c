// SPDX-License-Identifier: MPL-2.0
// resources with devices and numa, and logs.

import { LogConfig, NUMA, RequestedDevice, Resources } from '@serai/api';
import { type BlockSpec, blockSpec, many, one } from '../decode/block-spec.ts';
import { networkSpec } from './network.ts';
import { affinitySpec, constraintSpec } from './placement.ts';

const deviceSpec: BlockSpec = blockSpec(RequestedDevice, {
  labelField: 'Name',
  attributes: { count: 'Count' },
  blocks: {
    constraint: many('Constraints', () => constraintSpec),
    affinity: many('Affinities', () => affinitySpec),
  },
});

const numaSpec: BlockSpec = blockSpec(NUMA, { attributes: { affinity: 'Affinity', devices: 'Devices' } });

export const resourcesSpec: BlockSpec = blockSpec(Resources, {
  attributes: {
    cpu: 'CPU',
    cores: 'Cores',
    memory: 'MemoryMB',
    memory_max: 'MemoryMaxMB',
    disk: 'DiskMB',
    iops: 'IOPS',
    secrets: 'SecretsMB',
  },
  blocks: {
    network: many('Networks', () => networkSpec),
    device: many('Devices', () => deviceSpec),
    numa: one('NUMA', () => numaSpec),
  },
});

export const logsSpec: BlockSpec = blockSpec(LogConfig, {
  attributes: { max_files: 'MaxFiles', max_file_size: 'MaxFileSizeMB', disabled: 'Disabled' },
  extraAttributes: ['enabled'],
  finish: (fields, context) => {
    // The name that older versions used, with the opposite meaning.
    const enabled = context.content.attribute('enabled')?.bool();
    return typeof enabled === 'boolean' && fields['Disabled'] === undefined
      ? { ...fields, Disabled: !enabled }
      : fields;
  },
});
