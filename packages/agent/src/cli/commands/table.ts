// SPDX-License-Identifier: MPL-2.0
// size: the list of all commands
// Every command by name. A module is loaded only when its command runs.

import type { Command } from '../command.ts';
import { nearest } from '../flags.ts';

export interface CommandEntry {
  /** words after `serai` */
  readonly name: string;
  readonly synopsis: string;
  /** false: an old name, works but is not shown */
  readonly listed: boolean;
  /** printed before the command runs */
  readonly deprecated?: string;
  readonly load: () => Promise<Command>;
}

const entry = (name: string, synopsis: string, load: () => Promise<Command>): CommandEntry => ({
  name,
  synopsis,
  listed: true,
  load,
});

const commands: readonly CommandEntry[] = [
  entry('version', 'Print the version', async () => (await import('./version.ts')).command),
];

interface Alias {
  readonly name: string;
  readonly of: string;
  readonly listed: boolean;
  readonly deprecated?: boolean;
}

/** Older and shorter names. */
const aliases: readonly Alias[] = [];

function withAliases(): readonly CommandEntry[] {
  const byName = new Map(commands.map((command) => [command.name, command]));
  const extra = aliases.map(({ name, of, listed, deprecated }): CommandEntry => {
    const target = byName.get(of);
    if (!target) throw new Error(`alias "${name}" of an unknown command "${of}"`);
    const warning = deprecated ? { deprecated: `"serai ${name}" is an old name: use "serai ${of}"` } : {};
    return { ...target, name, listed, ...warning };
  });
  return [...commands, ...extra];
}

export const commandTable: readonly CommandEntry[] = withAliases();

export type Resolution =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly rest: readonly string[] }
  | { readonly kind: 'group'; readonly name: string; readonly unknown: string | undefined }
  | { readonly kind: 'none'; readonly suggestion: string };

/** The longest name that the words spell. */
export function resolveCommand(argv: readonly string[]): Resolution {
  const longest = Math.max(...commandTable.map((command) => command.name.split(' ').length));
  for (let words = Math.min(longest, argv.length); words > 0; words--) {
    const name = argv.slice(0, words).join(' ');
    const found = commandTable.find((command) => command.name === name);
    if (found) return { kind: 'command', entry: found, rest: argv.slice(words) };
    if (commandTable.some((command) => command.name.startsWith(`${name} `))) {
      return { kind: 'group', name, unknown: argv[words] };
    }
  }
  const near = nearest(argv[0] ?? '', [
    ...new Set(commandTable.map((command) => command.name.split(' ')[0] ?? '')),
  ]);
  return { kind: 'none', suggestion: near === undefined ? '' : `; did you mean "${near}"?` };
}
