// SPDX-License-Identifier: MPL-2.0

import { ClientStats_Stats, type HostStats, make } from '@serai/api';
import type { Router } from '#rpc';
import type { Timed } from './timed.ts';

export function registerClientStats(
  router: Router,
  deps: {
    readonly timed: Timed;
    readonly checkNode: (nodeId: string) => void;
    readonly stats: () => Promise<HostStats>;
  },
): void {
  router.handle(ClientStats_Stats, ({ NodeID }) =>
    deps.timed('client_stats.stats', async () => {
      deps.checkNode(NodeID);
      return make(ClientStats_Stats.reply, { HostStats: await deps.stats() });
    }),
  );
}
