// SPDX-License-Identifier: MPL-2.0
// What a new region starts with.

import { builtInNodePools, defaultNamespace, defaultSchedulerConfig } from '../defaults.ts';
import { schedulerConfigKey } from '../tables/keys.ts';
import type { Tx } from '../tx.ts';

/** Writes the rows every region has, where they are missing. Run once when a server becomes leader. */
export function initializeState(tx: Tx): void {
  const indexes = { CreateIndex: tx.index, ModifyIndex: tx.index };
  if (!tx.namespace(defaultNamespace.Name)) tx.put('namespaces', { ...defaultNamespace, ...indexes });
  for (const pool of builtInNodePools) {
    if (!tx.nodePool(pool.Name)) tx.put('nodePools', { ...pool, ...indexes });
  }
  if (!tx.get('schedulerConfig', schedulerConfigKey)) {
    tx.put('schedulerConfig', { ...defaultSchedulerConfig, ...indexes });
  }
}
