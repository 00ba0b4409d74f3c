// SPDX-License-Identifier: MPL-2.0

import { ClientStats_Stats, type HostStats, make } from '@serai/api';
import type { Router } from '#rpc';

export function registerClientStats(
  router: Router,
  deps: { readonly checkNode: (nodeId: string) => void; readonly stats: () => Promise<HostStats> },
): void {
  router.handle(ClientStats_Stats, async ({ NodeID }) => {
    deps.checkNode(NodeID);
    return make(ClientStats_Stats.reply, { HostStats: await deps.stats() });
  });
}
