// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { connect } from '../../connection/api.ts';
import { findNode } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import { ownNode } from './target.ts';

export const command: Command = {
  usage: 'node eligibility [options] [node]',
  help: 'Says whether a node may receive new allocations. Those that it has stay.',
  flags: {
    disable: { kind: 'bool', help: 'No new allocations.' },
    enable: { kind: 'bool', help: 'New allocations are welcome again.' },
    self: { kind: 'bool', help: 'The node of the agent that answers.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (flags.bool('enable') === flags.bool('disable'))
      throw new UsageError("Either the '-enable' or '-disable' flag must be set");
    if (args.length !== (flags.bool('self') ? 0 : 1))
      throw new UsageError('Node ID must be specified if -self isn’t being used');
    const api = connect(context, flags);
    const node = await findNode(api, args[0] ?? (await ownNode(api)));
    const eligibility = flags.bool('enable') ? 'eligible' : 'ineligible';
    await attempting(
      'Error updating scheduling eligibility',
      api.client.value(routes.nodes.eligibility, {
        params: { id: node.ID },
        body: { NodeID: node.ID, Eligibility: eligibility },
      }),
    );
    context.ui.output(
      `Node ${JSON.stringify(node.ID)} scheduling eligibility set: ${eligibility} for scheduling`,
    );
    return 0;
  },
};
