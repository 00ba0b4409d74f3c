// SPDX-License-Identifier: MPL-2.0

import { checkConfig, loadConfig, systemNetwork } from '#config';
import { formatDiagnostics } from '#hcl';
import { type Command, UsageError } from '../../command.ts';

export const command: Command = {
  usage: 'config validate <path> [<path>...]',
  help: `
Checks agent configuration files and directories as the agent would read them together. Exits with 0 when they are
valid, with 1 when they are not.`,
  flags: {},
  usesApi: false,
  run: async (context, _flags, args) => {
    if (args.length === 0) throw new UsageError('Must specify at least one config file or directory');
    const raw = loadConfig({ paths: args, environment: context.env });
    const { errors, warnings } = checkConfig(raw, { network: systemNetwork() });
    if (warnings.length > 0) context.ui.warn(formatDiagnostics(warnings));
    if (errors.length > 0) {
      context.ui.error(formatDiagnostics(errors));
      return 1;
    }
    context.ui.output('Configuration is valid!');
    return 0;
  },
};
