// SPDX-License-Identifier: MPL-2.0
// Rows that operators write: scheduler configuration, node pools, namespaces.

import type { Namespace, NodePool, SchedulerConfiguration } from '@serai/api';
import { AppError } from '#base';
import { builtInNodePools, defaultNamespace } from '../defaults.ts';
import { schedulerConfigKey } from '../tables/keys.ts';
import type { Tx } from '../tx.ts';

/** With `checkIndex` only when the configuration was last changed at that index; false: it was not. */
export function setSchedulerConfig(
  tx: Tx,
  config: SchedulerConfiguration,
  options: { readonly checkIndex?: number } = {},
): boolean {
  const existing = tx.get('schedulerConfig', schedulerConfigKey);
  if (existing?.ModifyIndex === tx.index) tx.defer();
  if (options.checkIndex !== undefined && (existing?.ModifyIndex ?? 0) !== options.checkIndex) return false;
  tx.put('schedulerConfig', {
    ...config,
    CreateIndex: existing?.CreateIndex ?? tx.index,
    ModifyIndex: tx.index,
  });
  return true;
}

export function upsertNodePools(tx: Tx, pools: readonly NodePool[]): void {
  for (const pool of pools) {
    if (builtInNodePools.some(({ Name }) => Name === pool.Name)) {
      throw new AppError('invalid', `modifying node pool "${pool.Name}" is not allowed`);
    }
    const existing = tx.nodePool(pool.Name);
    tx.put('nodePools', { ...pool, CreateIndex: existing?.CreateIndex ?? tx.index, ModifyIndex: tx.index });
  }
}

/** Only pools that nothing uses. */
export function deleteNodePools(tx: Tx, names: readonly string[]): void {
  for (const name of names) {
    if (builtInNodePools.some(({ Name }) => Name === name)) {
      throw new AppError('invalid', `deleting node pool "${name}" is not allowed`);
    }
    if (!tx.nodePool(name)) throw new AppError('not-found', `node pool ${name} not found`);
    if (tx.nodesInPool(name).length > 0) {
      throw new AppError('conflict', `node pool "${name}" has nodes: move or purge them first`);
    }
    const job = tx.jobsInPool(name).find(({ Status }) => Status !== 'dead');
    if (job) {
      throw new AppError('conflict', `node pool "${name}" is used by job "${job.ID}": stop it first`);
    }
    tx.delete('nodePools', name);
  }
}

export function upsertNamespaces(tx: Tx, namespaces: readonly Namespace[]): void {
  for (const namespace of namespaces) {
    const existing = tx.namespace(namespace.Name);
    tx.put('namespaces', {
      ...namespace,
      CreateIndex: existing?.CreateIndex ?? tx.index,
      ModifyIndex: tx.index,
    });
  }
}

/** Only namespaces whose jobs are all dead. */
export function deleteNamespaces(tx: Tx, names: readonly string[]): void {
  for (const name of names) {
    if (name === defaultNamespace.Name) {
      throw new AppError('invalid', 'default namespace can not be deleted');
    }
    if (!tx.namespace(name)) throw new AppError('not-found', `namespace "${name}" not found`);
    for (const job of tx.jobs({ namespace: name })) {
      if (job.Status === 'dead') continue;
      throw new AppError(
        'conflict',
        `namespace "${name}" has job "${job.ID}", which is not dead: stop it first`,
      );
    }
    tx.delete('namespaces', name);
  }
}
