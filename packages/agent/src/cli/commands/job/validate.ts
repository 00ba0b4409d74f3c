// SPDX-License-Identifier: MPL-2.0

import { routes } from '@serai/api';
import type { Command } from '../../command.ts';
import { exactArgs, jobFileFlags } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { attempting } from '../../failure.ts';
import { readJobFile } from '../../job-file.ts';

export const command: Command = {
  usage: 'job validate [options] <path>',
  help: `
Checks a job file: its syntax here, the rest by the agent. Exits with 0 when it is valid, with 1 when it is not.`,
  flags: {
    ...jobFileFlags,
    'vault-token': { kind: 'text', help: 'Vault token of the submitter.', hidden: true },
    'vault-namespace': { kind: 'text', help: 'Vault namespace of the job.', hidden: true },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the path of the job file');
    const { job, warnings } = await readJobFile(context, flags, args[0] ?? '');
    const api = connect(context, flags);
    const answer = await attempting(
      'Error validating job',
      api.client.value(routes.jobs.validate, { body: { Job: job } }),
    );
    for (const warning of warnings) context.ui.warn(warning);
    if (answer.Error !== '' || (answer.ValidationErrors?.length ?? 0) > 0) {
      context.ui.error('Job validation errors:');
      for (const line of errorLines(answer)) context.ui.error(`  * ${line}`);
      return 1;
    }
    if (answer.Warnings !== '') context.ui.warn(`Job Warnings:\n${answer.Warnings}\n`);
    context.ui.output('Job validation successful');
    return 0;
  },
};

/** The list, or where there is none the text that Nomad makes of it. */
function errorLines(answer: {
  readonly Error: string;
  readonly ValidationErrors: readonly string[] | null;
}): string[] {
  const errors = answer.ValidationErrors ?? [];
  if (errors.length > 0)
    return errors.map((line) => line.trim().replaceAll('\t', '  ').replaceAll('\n', '\n  '));
  const [first = '', ...rest] = answer.Error.trim().split('\n');
  return rest.length === 0
    ? [first]
    : rest.map((line) => line.replace(/^\s*\*\s*/, '').replaceAll('\t', '  '));
}
