// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { formatJson } from '../../output/format.ts';
import { allocationTable } from './sections.ts';

export const command: Command = {
  usage: 'job allocs [options] <job>',
  help: 'Lists the allocations of a job, newest first.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    all: { kind: 'bool', help: 'Also allocations of an earlier job of the same name.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const target = jobTarget(api, await findJob(api, args[0] ?? ''));
    const query = { all: flags.bool('all') };
    const allocs = (await api.client.value(routes.jobs.allocations, { ...target, query })) ?? [];
    if (flags.bool('json')) context.ui.output(formatJson(allocs));
    else if (allocs.length === 0) context.ui.output('No allocations placed');
    else {
      const shown = { verbose: flags.bool('verbose'), nowMs: context.clock.nowMs() };
      context.ui.output(allocationTable(allocs, shown));
    }
    return 0;
  },
};
