// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import { connect, findJob } from '../../connection/api.ts';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { formatJson } from '../../output/format.ts';

export const command: Command = {
  usage: 'job inspect [options] <job>',
  help: 'Prints a job as JSON, in the form in which the HTTP API takes it.',
  flags: { ...jsonFlag, version: { kind: 'int', help: 'Show this version instead of the newest.' } },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the job');
    const api = connect(context, flags);
    const stub = await findJob(api, args[0] ?? '');
    const of = { params: { id: stub.ID }, options: { namespace: stub.Namespace ?? api.namespace } };
    if (!flags.has('version')) {
      context.ui.output(formatJson({ Job: await api.client.value(routes.jobs.get, of) }));
      return 0;
    }
    const { Versions } = await api.client.value(routes.jobs.versions, of);
    const version = (Versions ?? []).find((job) => job.Version === flags.int('version'));
    if (!version)
      throw new Error(`job ${JSON.stringify(stub.ID)} with version ${flags.int('version')} not found`);
    context.ui.output(formatJson({ Job: version }));
    return 0;
  },
};
