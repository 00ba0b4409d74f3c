// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { connect } from '../../connection/api.ts';

export const command: Command = {
  usage: 'node config [options] [server...]',
  help: 'Shows or changes, until its next start, which servers the client of the agent that answers knows.',
  flags: {
    servers: { kind: 'bool', help: 'List the known servers.' },
    'update-servers': { kind: 'bool', help: 'Use the given servers, "host" or "host:port", from now on.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (flags.bool('servers') === flags.bool('update-servers'))
      throw new UsageError('The -servers or -update-servers flag must be set');
    const { client } = connect(context, flags);
    if (flags.bool('servers')) {
      const servers = (await client.value(routes.agent.servers, {})) ?? [];
      context.ui.output(servers.join('\n'));
      return 0;
    }
    if (args.length === 0) throw new UsageError('Please specify at least one server address');
    await client.value(routes.agent.setServers, { query: { address: args } });
    return 0;
  },
};
