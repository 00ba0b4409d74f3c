// SPDX-License-Identifier: MPL-2.0

import { readdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { jobFormat } from '#jobspec';
import type { Command, CommandContext } from '../command.ts';
import type { Flags } from '../flags.ts';

const extensions = ['.hcl', '.nomad'];
/** Folders below a path that -recursive looks into. */
const maxDepth = 64;

export const command: Command = {
  usage: 'fmt [options] [path ...]',
  help: `
Rewrites job and configuration files in the usual form: two spaces, aligned equal signs. Without a path it takes the
files of this directory; "-" reads standard input and writes standard output.`,
  flags: {
    check: { kind: 'bool', help: 'Change nothing; exit with 1 when a file would change.' },
    list: { kind: 'bool', default: true, help: 'List the files that change.' },
    write: { kind: 'bool', default: true, help: 'Write the files.' },
    recursive: { kind: 'bool', help: 'Also directories below.' },
  },
  usesApi: false,
  run: async (context, flags, args) => {
    if (args.length === 1 && args[0] === '-') {
      await context.ui.write(jobFormat(await context.readInput('-'), 'stdin'));
      return 0;
    }
    const files: string[] = [];
    for (const path of args.length > 0 ? args : ['.']) {
      files.push(...(await hclFiles(context, path, { recursive: flags.bool('recursive'), depth: 0 })));
    }
    let changed = 0;
    let failed = 0;
    for (const file of files) {
      try {
        if (await formatFile(context, flags, file)) changed += 1;
      } catch (error) {
        // The other files are formatted all the same.
        context.ui.error(error instanceof Error ? error.message : String(error));
        failed += 1;
      }
    }
    return failed > 0 || (flags.bool('check') && changed > 0) ? 1 : 0;
  },
};

async function hclFiles(
  context: CommandContext,
  path: string,
  at: { recursive: boolean; depth: number },
): Promise<string[]> {
  const full = resolve(context.cwd, path);
  const found = await stat(full).catch(() => undefined);
  if (!found) throw new Error(`no such file or directory: ${path}`);
  if (!found.isDirectory()) return [path];
  const files: string[] = [];
  for (const entry of (await readdir(full, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const child = join(path, entry.name);
    if (entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension))) files.push(child);
    if (entry.isDirectory() && at.recursive && at.depth < maxDepth) {
      files.push(...(await hclFiles(context, child, { ...at, depth: at.depth + 1 })));
    }
  }
  return files;
}

/** True when the file is, or would be, changed. */
async function formatFile(context: CommandContext, flags: Flags, path: string): Promise<boolean> {
  const full = resolve(context.cwd, path);
  const before = await context.readInput(full);
  const after = jobFormat(before, path);
  if (after === before) return false;
  if (flags.bool('list') || flags.bool('check')) context.ui.output(path);
  if (flags.bool('write') && !flags.bool('check')) await writeFile(full, after);
  if (!flags.bool('write') && !flags.bool('check')) await context.ui.write(after);
  return true;
}
