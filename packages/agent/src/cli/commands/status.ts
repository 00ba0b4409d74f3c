// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Api, connect } from '../connection/api.ts';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { verboseFlag } from '../common-flags.ts';
import type { Flags } from '../flags.ts';
import { command as allocStatus } from './alloc/status.ts';
import { command as evalStatus } from './eval/status.ts';
import { command as jobStatus } from './job/status.ts';
import { command as nodeStatus } from './node/status.ts';

interface Kind {
  readonly name: string;
  readonly command: Command;
  readonly matches: (api: Api, prefix: string) => Promise<readonly string[]>;
}

const uuidPrefix = /^[0-9a-f-]{2,}$/i;

function evenPrefix(prefix: string): string {
  return prefix.replaceAll('-', '').length % 2 === 0 ? prefix : prefix.slice(0, -1);
}

async function idsOf(
  prefix: string,
  list: (prefix: string) => Promise<readonly { readonly ID: string }[] | null>,
): Promise<string[]> {
  if (!uuidPrefix.test(prefix)) return [];
  const found = (await list(evenPrefix(prefix.toLowerCase()))) ?? [];
  return found.map((item) => item.ID).filter((id) => id.startsWith(prefix.toLowerCase()));
}

const kinds: readonly Kind[] = [
  {
    name: 'Jobs',
    command: jobStatus,
    matches: async (api, prefix) => {
      const jobs =
        (await api.client.value(routes.jobs.list, { options: { prefix, namespace: api.namespace } })) ?? [];
      const exact = jobs.filter((job) => job.ID === prefix);
      return (exact.length > 0 ? exact : jobs).map((job) => job.ID);
    },
  },
  {
    name: 'Allocations',
    command: allocStatus,
    matches: (api, given) =>
      idsOf(given, (prefix) =>
        api.client.value(routes.allocations.list, { options: { prefix, namespace: '*' } }),
      ),
  },
  {
    name: 'Evaluations',
    command: evalStatus,
    matches: (api, given) =>
      idsOf(given, (prefix) =>
        api.client.value(routes.evaluations.list, { options: { prefix, namespace: '*' } }),
      ),
  },
  {
    name: 'Nodes',
    command: nodeStatus,
    matches: (api, given) =>
      idsOf(given, (prefix) => api.client.value(routes.nodes.list, { options: { prefix } })),
  },
];

export const command: Command = {
  usage: 'status [options] [id]',
  help: 'Shows whatever has this id or one that begins with it: a job, allocation, evaluation or node. Without an id: the jobs.',
  flags: {
    ...verboseFlag,
    json: { kind: 'bool', help: 'Print the API object as JSON.' },
    short: { kind: 'bool', help: 'Only the basic facts.' },
    // What the single commands know besides; here at its default.
    ...Object.fromEntries(
      kinds.flatMap(({ command: { flags } }) =>
        Object.entries(flags).map(([name, spec]) => [name, { ...spec, hidden: true }]),
      ),
    ),
  },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes either no arguments or one: the id');
    const [given] = args;
    if (given === undefined) return jobStatus.run(context, flags, []);
    return dispatch(context, flags, given);
  },
};

async function dispatch(context: CommandContext, flags: Flags, given: string): Promise<number> {
  const api = connect(context, flags);
  const found = await Promise.all(kinds.map(async (kind) => ({ kind, ids: await kind.matches(api, given) })));
  const hits = found.filter(({ ids }) => ids.length > 0);
  const [first] = hits;
  if (!first) throw new Error(`No matches found for id ${JSON.stringify(given)}`);
  const exact = hits.find(({ ids }) => ids.includes(given));
  const chosen = exact ?? (hits.length === 1 && first.ids.length === 1 ? first : undefined);
  if (chosen)
    return chosen.kind.command.run(context, flags, [
      chosen.ids.includes(given) ? given : (chosen.ids[0] ?? given),
    ]);
  const list = hits
    .map(({ kind, ids }) => `${kind.name}:\n${ids.map((id) => `  ${id}`).join('\n')}`)
    .join('\n\n');
  throw new Error(`Multiple matches found for id ${JSON.stringify(given)}\n\n${list}`);
}
