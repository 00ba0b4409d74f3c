// SPDX-License-Identifier: MPL-2.0

import { resolve } from 'node:path';
import { inspectArchiveFile } from '../../archive.ts';
import type { Command } from '../../command.ts';
import { exactArgs, jsonFlag } from '../../common-flags.ts';
import { formatBytes, formatJson } from '../../output/format.ts';
import { formatKeyValue, formatList } from '../../output/ui.ts';

export const command: Command = {
  usage: 'operator snapshot inspect [options] <file>',
  help: 'Checks a saved state file and shows what is in it.',
  flags: { ...jsonFlag },
  usesApi: false,
  run: async (context, flags, args) => {
    exactArgs(args, 1, 'the file');
    const found = await inspectArchiveFile(resolve(context.cwd, args[0] ?? ''));
    if (flags.bool('json')) {
      context.ui.output(formatJson(found));
      return 0;
    }
    context.ui.output(
      formatKeyValue([
        ['ID', found.id],
        ['Size', String(found.size)],
        ['Index', String(found.index)],
        ['Term', '1'],
        ['Version', String(found.version)],
      ]),
    );
    const rows = found.tables.map((table) => [table.name, String(table.rows), formatBytes(table.bytes)]);
    context.ui.output(`\n${formatList([['Table', 'Rows', 'Size'], ...rows])}`);
    return 0;
  },
};
