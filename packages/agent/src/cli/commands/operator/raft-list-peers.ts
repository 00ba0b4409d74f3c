// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { yesNo } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';

export const command: Command = {
  usage: 'operator raft list-peers [options]',
  help: 'Lists the servers that hold the state, in Nomad’s words for them.',
  flags: { stale: { kind: 'bool', help: 'Answer from any server, not from the leader.' } },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const { Servers } = await connect(context, flags).client.value(routes.operator.raftConfiguration, {
      options: { stale: flags.bool('stale') },
    });
    const rows = (Servers ?? []).map((server) => [
      server.Node,
      server.ID,
      server.Address,
      server.Leader ? 'leader' : 'follower',
      yesNo(server.Voter),
      server.RaftProtocol,
    ]);
    context.ui.output(formatList([['Node', 'ID', 'Address', 'State', 'Voter', 'RaftProtocol'], ...rows]));
    return 0;
  },
};
