// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { type Command, UsageError } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';

export const command: Command = {
  usage: 'operator metrics [options]',
  help: 'Prints the metrics of the agent that answers, as JSON or in the form of Prometheus.',
  flags: {
    json: { kind: 'bool', help: 'JSON; this is the default.' },
    pretty: { kind: 'bool', help: 'JSON with line breaks.' },
    format: { kind: 'text', hint: 'json|prometheus', help: 'Form of the output.' },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 0, '');
    const format = flags.text('format');
    if (!['', 'json', 'prometheus'].includes(format))
      throw new UsageError(`-format is json or prometheus, not ${JSON.stringify(format)}`);
    if (format === 'prometheus' && (flags.bool('json') || flags.bool('pretty')))
      throw new UsageError('-json and -pretty do not go with -format=prometheus');
    const response = await connect(context, flags).client.open(routes.agent.metrics, {
      query: format === 'prometheus' ? { format } : {},
      options: { pretty: flags.bool('pretty') },
    });
    const text = await response.text();
    await context.ui.write(text.endsWith('\n') ? text : `${text}\n`);
    return 0;
  },
};
