// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../command.ts';
import { exactArgs } from '../common-flags.ts';
import { connect } from '../connection/api.ts';
import { findNode } from '../connection/find.ts';
import { isCanceled } from '../failure.ts';

export const command: Command = {
  usage: 'monitor [options]',
  help: 'Prints the log of the agent that answers, or of another one, from now on until it is interrupted.',
  flags: {
    json: { kind: 'bool', help: 'Lines as JSON.' },
    'log-level': { kind: 'text', hint: 'level', default: 'INFO', help: 'The least important lines to show.' },
    'log-include-location': { kind: 'bool', help: 'Also where in the code a line comes from.' },
    'node-id': { kind: 'text', hint: 'node', help: 'The client on this node.' },
    'server-id': { kind: 'text', hint: 'server', help: 'The server of this name, or "leader".' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const api = connect(context, flags);
    const node = flags.text('node-id');
    const response = await api.client.open(routes.agent.monitor, {
      query: {
        log_level: flags.text('log-level'),
        log_json: flags.bool('json'),
        log_include_location: flags.bool('log-include-location'),
        node_id: node === '' ? '' : (await findNode(api, node)).ID,
        server_id: flags.text('server-id'),
        plain: true,
      },
      signal: context.signal,
    });
    try {
      for await (const piece of response.chunks()) await context.ui.write(piece);
    } catch (error) {
      if (!isCanceled(error)) throw error;
    }
    return 0;
  },
};
