// SPDX-License-Identifier: MPL-2.0
// docs/reference/cli.md: every command with its flags, from the command table.

import type { Command } from '../../packages/agent/src/cli/command.ts';
import { type CommandEntry, commandTable } from '../../packages/agent/src/cli/commands/table.ts';
import { apiFlags } from '../../packages/agent/src/cli/connection/settings.ts';
import type { FlagSpec, FlagSpecs } from '../../packages/agent/src/cli/flags.ts';
import { type Sections, table } from './page.ts';

interface Loaded {
  readonly entry: CommandEntry;
  readonly command: Command;
}

const loaded: readonly Loaded[] = await Promise.all(
  commandTable.map(async (entry) => ({ entry, command: await entry.load() })),
);

/** Under its own name, the one that its usage line shows. */
const isOwnName = ({ entry, command }: Loaded): boolean =>
  command.usage === entry.name || command.usage.startsWith(`${entry.name} `);

const valueNames = { text: 'value', list: 'value', int: 'number', duration: 'duration', bool: '' } as const;

function flagName(name: string, spec: FlagSpec): string {
  return spec.kind === 'bool' ? `\`-${name}\`` : `\`-${name}=<${spec.hint ?? valueNames[spec.kind]}>\``;
}

function flagHelp(spec: FlagSpec): string {
  const repeated = spec.kind === 'list' ? ' May be given several times.' : '';
  const fallback =
    spec.default === undefined || spec.default === '' ? '' : ` Default: \`${String(spec.default)}\`.`;
  return `${spec.help}${repeated}${fallback}`;
}

function flagTable(specs: FlagSpecs): string {
  const rows = Object.entries(specs)
    .filter(([, spec]) => !spec.hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => [flagName(name, spec), flagHelp(spec)]);
  return rows.length === 0 ? '' : table(['flag', 'meaning'], rows);
}

function commandText({ entry, command }: Loaded): string {
  const parts = [`### ${entry.name}`, `\`\`\`text\nserai ${command.usage}\n\`\`\``, command.help.trim()];
  const flags = flagTable(command.flags);
  if (flags !== '') parts.push(flags);
  if (command.flagsAnywhere) parts.push('Flags may stand anywhere on the line.');
  if (!command.usesApi) parts.push('Asks no agent: the general flags are not accepted.');
  return parts.join('\n\n');
}

export function cliSections(): Sections {
  const own = loaded.filter(isOwnName).sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
  const others = loaded
    .filter((one) => !isOwnName(one))
    .map(({ entry, command }) => {
      const target = own.find((one) => one.command === command);
      const note = entry.deprecated === undefined ? '' : 'prints a warning';
      return [`\`${entry.name}\``, `\`${target?.entry.name ?? ''}\``, note];
    });
  return {
    'general-flags': flagTable(apiFlags),
    'other-names': table(['name', 'command', ''], others),
    commands: `\n${own.map(commandText).join('\n\n')}\n`,
  };
}
