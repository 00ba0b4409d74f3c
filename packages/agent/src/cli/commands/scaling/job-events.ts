// SPDX-License-Identifier: MPL-2.0

import { type JobScaleStatus, routes, type ScalingEvent } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { findJob, jobTarget } from '../../connection/find.ts';
import { formatUnixNano, yesNo } from '../../output/format.ts';
import { formatList } from '../../output/ui.ts';

export const command: Command = {
  usage: 'job scaling-events [options] <job>',
  help: 'Lists how the groups of a job were scaled, newest first; with -verbose also errors, messages and evaluations.',
  flags: { ...verboseFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const job = await findJob(api, args[0] ?? '');
    const events = eventsOf(await api.client.value(routes.scaling.jobStatus, jobTarget(api, job)));
    context.ui.output(events.length === 0 ? 'No events found' : table(events, flags.bool('verbose')));
    return 0;
  },
};

interface GroupEvent {
  readonly group: string;
  readonly event: ScalingEvent;
}

function eventsOf(status: JobScaleStatus | null): GroupEvent[] {
  const groups = Object.entries(status?.TaskGroups ?? {});
  return groups
    .flatMap(([group, { Events }]) => (Events ?? []).map((event) => ({ group, event })))
    .sort((a, b) => b.event.Time - a.event.Time || (a.group < b.group ? -1 : 1));
}

function table(events: readonly GroupEvent[], verbose: boolean): string {
  const more = verbose ? ['Error', 'Message', 'Eval ID'] : [];
  const rows = events.map(({ group, event }) => [
    group,
    event.Count === null ? '' : String(event.Count),
    String(event.PreviousCount),
    ...(verbose ? [yesNo(event.Error), event.Message, event.EvalID ?? ''] : []),
    formatUnixNano(event.Time),
  ]);
  return formatList([['Task Group', 'Count', 'PrevCount', ...more, 'Date'], ...rows]);
}
