// SPDX-License-Identifier: MPL-2.0

import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { routes } from '@serai/api';
import { inspectArchiveFile } from '../../archive.ts';
import type { Command } from '../../command.ts';
import { exactArgs } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';

export const command: Command = {
  usage: 'operator snapshot restore [options] <file>',
  help: 'Replaces the state of the servers by that of a saved file. The file is checked before anything is changed.',
  flags: {},
  usesApi: true,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the file');
    const path = resolve(context.cwd, args[0] ?? '');
    await inspectArchiveFile(path);
    const { client } = connect(context, flags);
    await client.value(routes.operator.snapshotRestore, { body: createReadStream(path) });
    context.ui.output('Snapshot Restored');
    return 0;
  },
};
