// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../command.ts';
import { exactArgs, jsonFlag } from '../common-flags.ts';
import { connect } from '../connection/api.ts';
import { formatJson } from '../output/format.ts';

export const command: Command = {
  usage: 'agent-info [options]',
  help: 'Shows numbers about the agent that answers: its server, client and runtime.',
  flags: { ...jsonFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const self = await connect(context, flags).client.value(routes.agent.self, {});
    if (flags.bool('json')) {
      context.ui.output(formatJson(self));
      return 0;
    }
    const sorted = <T>(map: Readonly<Record<string, T>> | null): [string, T][] =>
      Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [group, values] of sorted(self.stats)) {
      context.ui.output(group);
      for (const [key, value] of sorted(values)) context.ui.output(`  ${key} = ${value}`);
    }
    return 0;
  },
};
