// SPDX-License-Identifier: MPL-2.0

import { type NodeListStub, routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../../command.ts';
import { type Api, connect } from '../../connection/api.ts';
import { findNode } from '../../connection/find.ts';
import { attempting } from '../../failure.ts';
import type { Flags } from '../../flags.ts';
import { DrainMonitor } from '../../monitor/drain-monitor.ts';
import { ownNode } from './target.ts';

/** Nomad's: any negative deadline means at once. */
const forceMs = -1_000;
const nanosecondsPerMs = 1e6;

export const command: Command = {
  usage: 'node drain [options] <node>',
  help: `
Moves the allocations of a node to others and keeps new ones away, or ends that. The drain is followed until the
allocations have stopped; interrupting does not end it.`,
  flags: {
    enable: { kind: 'bool', help: 'Begin to drain.' },
    disable: { kind: 'bool', help: 'End the drain; the node gets new allocations again.' },
    monitor: { kind: 'bool', help: 'Follow a drain that was begun before.' },
    deadline: {
      kind: 'duration',
      default: '1h',
      help: 'Time that the allocations have; what is left then is stopped.',
    },
    force: { kind: 'bool', help: 'Stop all allocations at once.' },
    'no-deadline': { kind: 'bool', help: 'Let the allocations take the time they need.' },
    'ignore-system': { kind: 'bool', help: 'Leave allocations of system jobs where they are.' },
    'keep-ineligible': { kind: 'bool', help: 'With -disable: the node gets no new allocations yet.' },
    detach: { kind: 'bool', help: 'Return at once instead of following the drain.' },
    m: { kind: 'text', hint: 'message', help: 'Why: kept with the drain.' },
    meta: { kind: 'list', hint: 'key=value', help: 'Kept with the drain.' },
    self: { kind: 'bool', help: 'The node of the agent that answers.' },
    yes: { kind: 'bool', help: 'Do not ask, also when only the beginning of the id was given.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    check(flags, args);
    const api = connect(context, flags);
    const given = args[0] ?? (await ownNode(api));
    const node = await findNode(api, given);
    if (node.ID !== given && !flags.bool('yes') && !flags.bool('monitor'))
      await confirm(context, node, flags.bool('enable') ? 'enable' : 'disable');
    if (!flags.bool('monitor') || flags.bool('enable') || flags.bool('disable')) {
      await change(api, node, flags);
      const what = flags.bool('enable') ? 'set' : 'unset';
      context.ui.output(`Node ${JSON.stringify(node.ID)} drain strategy ${what}`);
    }
    if (flags.bool('disable') || flags.bool('detach')) return 0;
    const options = { nodeId: node.ID, ignoreSystem: flags.bool('ignore-system') };
    return new DrainMonitor(api, context, options).follow();
  },
};

function check(flags: Flags, args: readonly string[]): void {
  const enable = flags.bool('enable');
  const disable = flags.bool('disable');
  if (enable === disable && (enable || !flags.bool('monitor')))
    throw new UsageError("Either the '-enable' or '-disable' flag must be set, unless using '-monitor'");
  const deadlines = ['deadline', 'force', 'no-deadline'].filter((name) => flags.has(name));
  if (deadlines.length > 1)
    throw new UsageError(`-${deadlines[0]} and -${deadlines[1]} can not be given together`);
  if (disable && deadlines.length > 0) throw new UsageError(`-${deadlines[0]} goes with -enable only`);
  if (flags.has('deadline') && flags.durationMs('deadline') <= 0)
    throw new UsageError('A positive drain duration must be given');
  if (args.length !== (flags.bool('self') ? 0 : 1))
    throw new UsageError('Node ID must be specified if -self isn’t being used');
}

async function confirm({ ask }: CommandContext, node: NodeListStub, verb: string): Promise<void> {
  const name = `${JSON.stringify(node.Name)} (${node.ID})`;
  if (!ask) throw new Error(`the node is ${name}: name it in full, or give -yes`);
  const answer = await ask(`Are you sure you want to ${verb} drain mode for node ${name}? [y/N]`);
  if (!['y', 'yes'].includes(answer.toLowerCase())) throw new Error(`Canceling drain ${verb}`);
}

async function change(api: Api, node: NodeListStub, flags: Flags): Promise<void> {
  const enable = flags.bool('enable');
  await attempting(
    'Error updating drain specification',
    api.client.value(routes.nodes.drain, {
      params: { id: node.ID },
      body: {
        NodeID: node.ID,
        DrainSpec: enable
          ? { Deadline: deadlineMs(flags) * nanosecondsPerMs, IgnoreSystemJobs: flags.bool('ignore-system') }
          : null,
        MarkEligible: !enable && !flags.bool('keep-ineligible'),
        Meta: meta(flags, enable),
      },
    }),
  );
}

function deadlineMs(flags: Flags): number {
  if (flags.bool('force')) return forceMs;
  return flags.bool('no-deadline') ? 0 : flags.durationMs('deadline');
}

function meta(flags: Flags, enable: boolean): Record<string, string> | null {
  const values: Record<string, string> = {};
  for (const pair of flags.list('meta')) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new UsageError(`-meta takes key=value, not ${JSON.stringify(pair)}`);
    values[pair.slice(0, at)] = pair.slice(at + 1);
  }
  if (flags.has('m')) values[enable ? 'message' : 'cancel_message'] = flags.text('m');
  return Object.keys(values).length > 0 ? values : null;
}
