// SPDX-License-Identifier: MPL-2.0
// group.

import { TaskGroup } from '@serai/api';
import { type BlockSpec, blockSpec, type Fields, keyed, many, one } from '../decode/block-spec.ts';
import { consulSpec, vaultSpec } from './identity.ts';
import { networkSpec } from './network.ts';
import { affinitySpec, constraintSpec, spreadSpec } from './placement.ts';
import {
  disconnectSpec,
  groupScalingSpec,
  migrateSpec,
  rescheduleSpec,
  restartSpec,
  updateSpec,
} from './policies.ts';
import { serviceSpec } from './service.ts';
import { taskSpec } from './task.ts';
import { ephemeralDiskSpec, volumeSpec } from './volume.ts';

export const groupSpec: BlockSpec = blockSpec(TaskGroup, {
  labelField: 'Name',
  attributes: {
    count: 'Count',
    shutdown_delay: 'ShutdownDelay',
    stop_after_client_disconnect: 'StopAfterClientDisconnect',
    max_client_disconnect: 'MaxClientDisconnect',
    prevent_reschedule_on_lost: 'PreventRescheduleOnLost',
    max_run_duration: 'MaxRunDuration',
  },
  maps: { meta: 'Meta' },
  blocks: {
    constraint: many('Constraints', () => constraintSpec),
    affinity: many('Affinities', () => affinitySpec),
    spread: many('Spreads', () => spreadSpec),
    network: many('Networks', () => networkSpec),
    service: many('Services', () => serviceSpec),
    volume: keyed('Volumes', () => volumeSpec),
    task: many('Tasks', () => taskSpec),
    ephemeral_disk: one('EphemeralDisk', () => ephemeralDiskSpec),
    restart: one('RestartPolicy', () => restartSpec),
    reschedule: one('ReschedulePolicy', () => rescheduleSpec),
    migrate: one('Migrate', () => migrateSpec),
    update: one('Update', () => updateSpec),
    scaling: one('Scaling', () => groupScalingSpec),
    consul: one('Consul', () => consulSpec),
    disconnect: one('Disconnect', () => disconnectSpec),
  },
  extraBlocks: { vault: [] },
  finish: (fields, context) => {
    const block = context.content.block('vault');
    const vault = block ? context.decoder.block(block, vaultSpec) : null;
    return vault ? { ...fields, Tasks: inheritVault(fields['Tasks'], vault) } : fields;
  },
});

/** The vault block of a group or job is for the tasks that have none of their own. */
export function inheritVault(tasks: unknown, vault: Fields): Fields[] {
  return ((tasks ?? []) as readonly Fields[]).map((task) => ({ ...task, Vault: task['Vault'] ?? vault }));
}
