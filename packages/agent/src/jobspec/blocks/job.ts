// SPDX-License-Identifier: MPL-2.0
// job, with multiregion and ui.

import {
  JobSpec,
  JobUIConfig,
  JobUILink,
  Multiregion,
  MultiregionRegion,
  MultiregionStrategy,
} from '@serai/api';
import {
  type BlockSpec,
  blockSpec,
  type Fields,
  type FinishContext,
  many,
  one,
} from '../decode/block-spec.ts';
import { groupSpec, inheritVault } from './group.ts';
import { vaultSpec } from './identity.ts';
import { affinitySpec, constraintSpec, spreadSpec } from './placement.ts';
import { migrateSpec, parameterizedSpec, periodicSpec, rescheduleSpec, updateSpec } from './policies.ts';
import { taskSpec } from './task.ts';

const strategySpec: BlockSpec = blockSpec(MultiregionStrategy, {
  attributes: { max_parallel: 'MaxParallel', on_failure: 'OnFailure' },
});
const regionSpec: BlockSpec = blockSpec(MultiregionRegion, {
  labelField: 'Name',
  attributes: { count: 'Count', datacenters: 'Datacenters', node_pool: 'NodePool' },
  maps: { meta: 'Meta' },
});
const multiregionSpec: BlockSpec = blockSpec(Multiregion, {
  blocks: { strategy: one('Strategy', () => strategySpec), region: many('Regions', () => regionSpec) },
});

const linkSpec: BlockSpec = blockSpec(JobUILink, { attributes: { label: 'Label', url: 'URL' } });
const uiSpec: BlockSpec = blockSpec(JobUIConfig, {
  attributes: { description: 'Description' },
  blocks: { link: many('Links', () => linkSpec) },
});

export const jobSpec: BlockSpec = blockSpec(JobSpec, {
  labelField: 'ID',
  attributes: {
    id: 'ID',
    name: 'Name',
    type: 'Type',
    region: 'Region',
    namespace: 'Namespace',
    datacenters: 'Datacenters',
    node_pool: 'NodePool',
    priority: 'Priority',
    all_at_once: 'AllAtOnce',
    consul_token: 'ConsulToken',
    vault_token: 'VaultToken',
  },
  maps: { meta: 'Meta' },
  blocks: {
    constraint: many('Constraints', () => constraintSpec),
    affinity: many('Affinities', () => affinitySpec),
    spread: many('Spreads', () => spreadSpec),
    group: many('TaskGroups', () => groupSpec),
    update: one('Update', () => updateSpec),
    reschedule: one('Reschedule', () => rescheduleSpec),
    migrate: one('Migrate', () => migrateSpec),
    periodic: one('Periodic', () => periodicSpec),
    parameterized: one('ParameterizedJob', () => parameterizedSpec),
    multiregion: one('Multiregion', () => multiregionSpec),
    ui: one('UI', () => uiSpec),
  },
  extraBlocks: { task: ['name'], vault: [] },
  finish: finishJob,
});

function finishJob(fields: Fields, context: FinishContext): Fields {
  const groups = (fields['TaskGroups'] ?? []) as readonly Fields[];
  // A task outside of any group is a group of one task, of the same name.
  const lone = context.content.blocksOf('task').map((block): Fields => {
    const task = context.decoder.block(block, taskSpec) ?? {};
    return { Name: task['Name'], Tasks: [task] };
  });
  const all = [...groups, ...lone];
  const block = context.content.block('vault');
  const vault = block ? context.decoder.block(block, vaultSpec) : null;
  const TaskGroups = vault
    ? all.map((group) => ({ ...group, Tasks: inheritVault(group['Tasks'], vault) }))
    : all;
  return { ...fields, Name: fields['Name'] ?? fields['ID'], ...(all.length > 0 ? { TaskGroups } : {}) };
}
