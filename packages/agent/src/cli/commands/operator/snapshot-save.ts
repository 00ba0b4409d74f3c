// SPDX-License-Identifier: MPL-2.0

import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { routes } from '@serai/api';
import { inspectArchiveFile } from '../../archive.ts';
import { type Command, UsageError } from '../../command.ts';
import { connect } from '../../connection/api.ts';
import { formatTime } from '../../output/format.ts';

export const command: Command = {
  usage: 'operator snapshot save [options] [file]',
  help: 'Saves the state of the servers to a file. It can be restored on another cluster. Keep it as secret as the state.',
  flags: { stale: { kind: 'bool', help: 'Take it from any server, not from the leader.' } },
  usesApi: true,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes at most one argument: the file to write');
    const name = args[0] ?? `serai-state-${formatTime(context.clock.nowMs()).replace(/[-:]/g, '')}.snap`;
    const path = resolve(context.cwd, name);
    const { client } = connect(context, flags);
    const response = await client.open(routes.operator.snapshotSave, {
      options: { stale: flags.bool('stale') },
    });
    const partial = `${path}.unverified`;
    try {
      // A new file that only its owner can read: the archive holds secrets.
      const file = await open(partial, 'wx', 0o600);
      try {
        for await (const piece of response.chunks()) await file.write(piece);
        await file.sync();
      } finally {
        await file.close();
      }
      const found = await inspectArchiveFile(partial);
      await rename(partial, path);
      context.ui.output(`State file written to ${name}`);
      context.ui.output(`  Size: ${found.size} bytes`);
      context.ui.output(`  Index: ${found.index}`);
      return 0;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  },
};
