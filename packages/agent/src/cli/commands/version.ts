// SPDX-License-Identifier: MPL-2.0

import type { Command } from '../command.ts';
import { versionText } from '../version.ts';

export const command: Command = {
  usage: 'version',
  help: 'Prints the version of this program and the version of Nomad whose interfaces it implements.',
  flags: {},
  usesApi: false,
  run: async ({ ui }) => {
    ui.output(versionText());
    return 0;
  },
};
