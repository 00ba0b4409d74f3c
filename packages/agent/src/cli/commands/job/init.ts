// SPDX-License-Identifier: MPL-2.0

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exampleFilename, fullExample, shortExample } from '#jobspec';
import { type Command, UsageError } from '../../command.ts';

export const command: Command = {
  usage: 'job init [options] [filename]',
  help: `
Writes an example job file to start from: example.nomad.hcl, or the file that is named. An existing file is not touched.`,
  flags: { short: { kind: 'bool', help: 'Without comments and optional blocks.' } },
  usesApi: false,
  run: async (context, flags, args) => {
    if (args.length > 1) throw new UsageError('this command takes at most one argument: the file to write');
    const filename = args[0] ?? exampleFilename;
    try {
      const path = resolve(context.cwd, filename);
      await writeFile(path, flags.bool('short') ? shortExample : fullExample, { flag: 'wx', mode: 0o660 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new Error(`Job ${JSON.stringify(filename)} already exists: remove it or name another file`);
    }
    context.ui.output(`Example job file written to ${filename}`);
    return 0;
  },
};
