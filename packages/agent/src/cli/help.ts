// SPDX-License-Identifier: MPL-2.0
// Help texts, made from the command table and the flag declarations.

import type { Command } from './command.ts';
import type { CommandEntry } from './commands/table.ts';
import { apiFlags } from './connection/settings.ts';
import type { FlagSpec, FlagSpecs } from './flags.ts';

const textWidth = 78;

export function mainHelp(table: readonly CommandEntry[]): string {
  const shown = table.filter((entry) => entry.listed && !entry.name.includes(' '));
  const groups = [
    ...new Set(table.filter((e) => e.name.includes(' ')).map((e) => e.name.split(' ')[0] ?? '')),
  ];
  const common = ['agent', 'run', 'status', 'stop', 'logs', 'fs'];
  const rows = new Map<string, string>();
  for (const entry of shown) rows.set(entry.name, entry.synopsis);
  for (const group of groups)
    if (!rows.has(group)) rows.set(group, groupSynopsis[group] ?? `Commands for ${group}`);
  const section = (names: readonly string[]): string =>
    columns(names.filter((name) => rows.has(name)).map((name) => [name, rows.get(name) ?? ''] as const));
  const others = [...rows.keys()].filter((name) => !common.includes(name)).sort();
  return [
    'Usage: serai [-version] [-help] <command> [args]',
    '',
    'Common commands:',
    section(common),
    '',
    'Other commands:',
    section(others),
  ].join('\n');
}

const groupSynopsis: Readonly<Record<string, string>> = {
  alloc: 'Interact with allocations',
  config: 'Check agent configuration',
  deployment: 'Interact with deployments',
  eval: 'Interact with evaluations',
  job: 'Interact with jobs',
  namespace: 'Interact with namespaces',
  node: 'Interact with nodes',
  'node pool': 'Interact with node pools',
  operator: 'Operate the cluster',
  'operator raft': 'Look at the servers that hold the state',
  'operator scheduler': 'Read and change the settings of the scheduler',
  'operator snapshot': 'Save, check and restore the state',
  scaling: 'Look at scaling policies',
  'scaling policy': 'Look at scaling policies',
  server: 'Interact with servers',
  system: 'Interact with the system',
  'system reconcile': 'Count again what the system keeps count of',
};

export function groupHelp(group: string, table: readonly CommandEntry[]): string {
  const rows = table
    .filter((entry) => entry.listed && entry.name.startsWith(`${group} `))
    .map((entry) => [entry.name.slice(group.length + 1), entry.synopsis] as const);
  return [
    `Usage: serai ${group} <subcommand> [options] [args]`,
    '',
    `${groupSynopsis[group] ?? `Commands for ${group}`}. Each subcommand explains itself with -help.`,
    '',
    'Subcommands:',
    columns(rows),
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const parts = [`Usage: serai ${command.usage}`, '', ...paragraphs(command.help)];
  if (command.usesApi) parts.push('', 'General Options:', '', flagHelp(apiFlags));
  if (Object.values(command.flags).some((flag) => !flag.hidden))
    parts.push('', 'Options:', '', flagHelp(command.flags));
  return parts.join('\n');
}

/** Wrapped anew; an empty line stays one. */
function paragraphs(text: string): string[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .flatMap((paragraph, i) => (i === 0 ? [wrap(paragraph, '')] : ['', wrap(paragraph, '')]));
}

function flagHelp(specs: FlagSpecs): string {
  return Object.entries(specs)
    .filter(([, spec]) => !spec.hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, spec]) => `  -${name}${valueHint(spec)}\n${wrap(helpText(spec), '    ')}`)
    .join('\n\n');
}

function valueHint(spec: FlagSpec): string {
  if (spec.kind === 'bool') return '';
  return `=<${spec.hint ?? { text: 'value', list: 'value', int: 'number', duration: 'duration' }[spec.kind]}>`;
}

function helpText(spec: FlagSpec): string {
  const repeated = spec.kind === 'list' ? ' May be given several times.' : '';
  const fallback =
    spec.default === undefined || spec.default === '' ? '' : ` Default: ${String(spec.default)}.`;
  return `${spec.help}${repeated}${fallback}`;
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.trim().split(/\s+/)) {
    if (line.length + word.length + 1 > textWidth && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  lines.push(line.trimEnd());
  return lines.join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `    ${name.padEnd(width + 4)}${text}`).join('\n');
}
