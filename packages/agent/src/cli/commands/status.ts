// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { type Api, connect } from '../connection/api.ts';
import { evenPrefix } from '../connection/find.ts';
import type { FlagSpecs, Flags } from '../flags.ts';

interface Kind {
  readonly name: string;
  readonly load: () => Promise<Command>;
  readonly find: (api: Api, prefix: string) => Promise<readonly string[]>;
}

const uuidPrefix = /^[0-9a-f-]{2,}$/i;

async function idsOf(
  given: string,
  list: (prefix: string) => Promise<readonly { readonly ID: string }[] | null>,
): Promise<string[]> {
  if (!uuidPrefix.test(given)) return [];
  const found = (await list(evenPrefix(given.toLowerCase()))) ?? [];
  return found.map((item) => item.ID).filter((id) => id.startsWith(given.toLowerCase()));
}

const kinds: readonly Kind[] = [
  {
    name: 'Jobs',
    load: async () => (await import('./job/status.ts')).command,
    find: async (api, prefix) => {
      const options = { prefix, namespace: api.namespace };
      const jobs = (await api.client.value(routes.jobs.list, { options })) ?? [];
      const exact = jobs.filter((job) => job.ID === prefix);
      return (exact.length > 0 ? exact : jobs).map((job) => job.ID);
    },
  },
  {
    name: 'Allocations',
    load: async () => (await import('./alloc/status.ts')).command,
    find: (api, given) =>
      idsOf(given, (prefix) =>
        api.client.value(routes.allocations.list, { options: { prefix, namespace: '*' } }),
      ),
  },
  {
    name: 'Deployments',
    load: async () => (await import('./deployment/status.ts')).command,
    find: (api, given) =>
      idsOf(given, (prefix) =>
        api.client.value(routes.deployments.list, { options: { prefix, namespace: '*' } }),
      ),
  },
  {
    name: 'Evaluations',
    load: async () => (await import('./eval/status.ts')).command,
    find: (api, given) =>
      idsOf(given, (prefix) =>
        api.client.value(routes.evaluations.list, { options: { prefix, namespace: '*' } }),
      ),
  },
  {
    name: 'Nodes',
    load: async () => (await import('./node/status.ts')).command,
    find: (api, given) =>
      idsOf(given, (prefix) => api.client.value(routes.nodes.list, { options: { prefix } })),
  },
];

const ownFlags: FlagSpecs = {
  verbose: { kind: 'bool', help: 'Show full ids and more columns.' },
  json: { kind: 'bool', help: 'Print the API object as JSON.' },
  short: { kind: 'bool', help: 'Only the basic facts.' },
};

export const command: Command = {
  usage: 'status [options] [id]',
  help: `
Shows whatever has this id or one that begins with it: a job, allocation, deployment, evaluation or node. Without an id:
the jobs.`,
  flags: ownFlags,
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes either no arguments or one: the id');
    const [given] = args;
    if (given === undefined) return show(context, flags, { kind: kinds[0], args: [] });
    const found = await matches(connect(context, flags), given);
    const [first] = found;
    if (!first) throw new Error(`No matches found for id ${JSON.stringify(given)}`);
    const exact = found.find(({ ids }) => ids.includes(given));
    const only = found.length === 1 && first.ids.length === 1 ? first : undefined;
    const chosen = exact ?? only;
    const kind = kinds.find(({ name }) => name === chosen?.name);
    if (kind) return show(context, flags, { kind, args: [exact ? given : (first.ids[0] ?? given)] });
    const list = found.map(({ name, ids }) => `${name}:\n${ids.map((id) => `  ${id}`).join('\n')}`);
    throw new Error(`Multiple matches found for id ${JSON.stringify(given)}\n\n${list.join('\n\n')}`);
  },
};

/** What has this id, or an id that begins with it, by kind. */
export async function matches(
  api: Api,
  given: string,
): Promise<readonly { readonly name: string; readonly ids: readonly string[] }[]> {
  const all = await Promise.all(kinds.map(async ({ name, find }) => ({ name, ids: await find(api, given) })));
  return all.filter(({ ids }) => ids.length > 0);
}

/** The command of the kind; its flags that this one does not have stand at their defaults. */
async function show(
  context: CommandContext,
  flags: Flags,
  of: { readonly kind: Kind | undefined; readonly args: readonly string[] },
): Promise<number> {
  if (!of.kind) return 1;
  const command = await of.kind.load();
  return command.run(context, flags.over(command.flags), of.args);
}
