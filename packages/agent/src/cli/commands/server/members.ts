// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { formatJson, yesNo } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';

export const command: Command = {
  usage: 'server members [options]',
  help: 'Lists the servers that the agent knows, and which of them leads its region.',
  flags: {
    ...jsonFlag,
    verbose: { kind: 'bool', help: 'Also protocol and tags.' },
    detailed: { kind: 'bool', help: 'Old name of -verbose.', hidden: true },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const { client } = connect(context, flags);
    const answer = await client.value(routes.agent.members, {});
    const members = (answer.Members ?? []).toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    if (flags.bool('json')) {
      context.ui.output(formatJson(members));
      return 0;
    }
    const leader = await client.value(routes.status.leader, {});
    const verbose = flags.bool('verbose') || flags.bool('detailed');
    const rows = members.map((member) => {
      const tags = member.Tags ?? {};
      return [
        member.Name,
        member.Addr,
        String(member.Port),
        member.Status,
        yesNo(leader === `${tags['rpc_addr']}:${tags['port']}`),
        ...(verbose ? [String(member.ProtocolCur)] : []),
        tags['raft_vsn'] ?? '3',
        tags['build'] ?? '',
        tags['dc'] ?? '',
        tags['region'] ?? '',
        ...(verbose
          ? [
              Object.entries(tags)
                .map(([k, v]) => `${k}=${v}`)
                .join(','),
            ]
          : []),
      ];
    });
    const head = [
      'Name',
      'Address',
      'Port',
      'Status',
      'Leader',
      ...(verbose ? ['Protocol'] : []),
      'Raft Version',
      'Build',
      'Datacenter',
      'Region',
      ...(verbose ? ['Tags'] : []),
    ];
    context.ui.output(formatList([head, ...rows]));
    if (leader === '') context.ui.warn('Error determining leaders: No cluster leader');
    return leader === '' ? 1 : 0;
  },
};
