// SPDX-License-Identifier: MPL-2.0
// Which node a command is about: named, or that of the agent that answers.

import { routes } from '@serai/api';
import type { Api } from '../../connection/api.ts';

export async function ownNode(api: Api): Promise<string> {
  const self = await api.client.value(routes.agent.self, {});
  const id = self.stats?.['client']?.['node_id'];
  if (!id) throw new Error('the agent that answers runs no client: name a node');
  return id;
}
