// SPDX-License-Identifier: MPL-2.0
// Writes a deployment with its indexes.

import type { Deployment } from '@serai/api';
import type { Tx } from '../tx.ts';

export function upsertDeployment(tx: Tx, deployment: Deployment): void {
  const existing = tx.deployment(deployment.ID);
  tx.put('deployments', {
    ...deployment,
    CreateIndex: existing?.CreateIndex ?? tx.index,
    ModifyIndex: tx.index,
  });
}
