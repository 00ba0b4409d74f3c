// SPDX-License-Identifier: MPL-2.0

import { routes, type ScalingPolicy } from '@serai/api';
import { type Command, UsageError } from '../../../command.ts';
import { exactArgs, jsonFlag, verboseFlag } from '../../../common-flags.ts';
import { type Api, connect } from '../../../connection/api.ts';
import { formatJson, shortId, yesNo } from '../../../output/format.ts';
import { formatKeyValue, formatList, type Ui } from '../../../output/ui.ts';
import { heading } from '../../job/sections.ts';
import { targetText } from './target.ts';

export const command: Command = {
  usage: 'scaling policy info [options] <policy>',
  help: 'Shows a scaling policy. Its id may be shortened to its beginning.',
  flags: { ...verboseFlag, ...jsonFlag },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the policy');
    const api = connect(context, flags);
    const id = await findPolicy(api, args[0] ?? '');
    const policy = await api.client.value(routes.scaling.policy, { params: { id } });
    if (!policy) throw new Error(`No scaling policy with id ${JSON.stringify(id)} found`);
    const verbose = flags.bool('verbose');
    context.ui.output(flags.bool('json') ? formatJson(policy) : text(policy, { ui: context.ui, verbose }));
    return 0;
  },
};

/** Shortest beginning of an id that is accepted. */
const minPrefixLength = 2;

async function findPolicy(api: Api, given: string): Promise<string> {
  if (given.length < minPrefixLength) throw new UsageError('the policy id must have at least two characters');
  const namespace = api.namespaceGiven ? api.namespace : '*';
  const options = { prefix: given.toLowerCase(), namespace };
  const found = (await api.client.value(routes.scaling.policies, { options })) ?? [];
  const [first] = found;
  if (!first) throw new Error(`No scaling policies with prefix or id ${JSON.stringify(given)} found`);
  if (found.length === 1) return first.ID;
  const rows = found.map(({ ID, Target }) => [shortId(ID), targetText(Target)]);
  throw new Error(`Prefix matched multiple scaling policies\n\n${formatList([['ID', 'Target'], ...rows])}`);
}

function text(policy: ScalingPolicy, shown: { readonly ui: Ui; readonly verbose: boolean }): string {
  const pairs = formatKeyValue([
    ['ID', shortId(policy.ID, shown.verbose)],
    ['Enabled', yesNo(policy.Enabled)],
    ['Target', targetText(policy.Target)],
    ['Min', String(policy.Min)],
    ['Max', String(policy.Max)],
  ]);
  return `${pairs}\n\n${heading(shown.ui, 'Policy')}\n${formatJson(policy.Policy ?? {})}`;
}
