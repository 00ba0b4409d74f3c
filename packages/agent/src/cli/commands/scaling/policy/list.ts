// SPDX-License-Identifier: MPL-2.0

import { routes, type ScalingPolicyListStub } from '@serai/api';
import type { Command } from '../../../command.ts';
import { exactArgs, jsonFlag, verboseFlag } from '../../../common-flags.ts';
import { connect } from '../../../connection/api.ts';
import { formatJson, shortId, yesNo } from '../../../output/format.ts';
import { formatList } from '../../../output/ui.ts';
import { targetText } from './target.ts';

export const command: Command = {
  usage: 'scaling policy list [options]',
  help: 'Lists the scaling policies of the namespace: within which counts groups of jobs may be scaled.',
  flags: {
    ...verboseFlag,
    ...jsonFlag,
    job: { kind: 'text', hint: 'job', help: 'Only policies of this job.' },
    type: { kind: 'text', hint: 'type', help: 'Only policies of this type, for example horizontal.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const { client } = connect(context, flags);
    const query = { job: flags.text('job'), type: flags.text('type') };
    const policies = (await client.value(routes.scaling.policies, { query })) ?? [];
    if (flags.bool('json')) context.ui.output(formatJson(policies));
    else if (policies.length === 0) context.ui.output('No policies found');
    else context.ui.output(table(policies, flags.bool('verbose')));
    return 0;
  },
};

function table(policies: readonly ScalingPolicyListStub[], verbose: boolean): string {
  const rows = policies.map((policy) => [
    shortId(policy.ID, verbose),
    yesNo(policy.Enabled),
    policy.Type,
    targetText(policy.Target),
  ]);
  return formatList([['ID', 'Enabled', 'Type', 'Target'], ...rows]);
}
