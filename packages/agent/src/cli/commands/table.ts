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
  entry('agent', 'Run a Serai agent', async () => (await import('./agent.ts')).command),
  entry('alloc fs', 'Show files of an allocation', async () => (await import('./alloc/fs.ts')).command),
  entry('alloc logs', 'Show the output of a task', async () => (await import('./alloc/logs.ts')).command),
  entry('alloc restart', 'Restart tasks in place', async () => (await import('./alloc/restart.ts')).command),
  entry('alloc signal', 'Send a signal to tasks', async () => (await import('./alloc/signal.ts')).command),
  entry('alloc status', 'Show an allocation', async () => (await import('./alloc/status.ts')).command),
  entry(
    'alloc stop',
    'Stop and replace an allocation',
    async () => (await import('./alloc/stop.ts')).command,
  ),
  entry(
    'config validate',
    'Check agent configuration files',
    async () => (await import('./config/validate.ts')).command,
  ),
  entry('eval status', 'Show an evaluation', async () => (await import('./eval/status.ts')).command),
  entry('fmt', 'Format job and configuration files', async () => (await import('./fmt.ts')).command),
  entry('job init', 'Write an example job file', async () => (await import('./job/init.ts')).command),
  entry('job inspect', 'Show a job as JSON', async () => (await import('./job/inspect.ts')).command),
  entry('job plan', 'Show what running a job would do', async () => (await import('./job/plan.ts')).command),
  entry('job run', 'Run a job or a new version of it', async () => (await import('./job/run.ts')).command),
  entry('job status', 'List jobs or show one', async () => (await import('./job/status.ts')).command),
  entry('job stop', 'Stop jobs', async () => (await import('./job/stop.ts')).command),
  entry('job validate', 'Check a job file', async () => (await import('./job/validate.ts')).command),
  entry('node status', 'List nodes or show one', async () => (await import('./node/status.ts')).command),
  entry('operator api', 'Send a request to the API', async () => (await import('./operator/api.ts')).command),
  entry(
    'operator snapshot inspect',
    'Check a saved state',
    async () => (await import('./operator/snapshot-inspect.ts')).command,
  ),
  entry(
    'operator snapshot restore',
    'Restore a saved state',
    async () => (await import('./operator/snapshot-restore.ts')).command,
  ),
  entry(
    'operator snapshot save',
    'Save the state to a file',
    async () => (await import('./operator/snapshot-save.ts')).command,
  ),
  entry('server members', 'List the servers', async () => (await import('./server/members.ts')).command),
  entry('status', 'Show what has an id', async () => (await import('./status.ts')).command),
  entry('system gc', 'Remove what is over', async () => (await import('./system/gc.ts')).command),
  entry(
    'system reconcile summaries',
    'Count job summaries again',
    async () => (await import('./system/reconcile-summaries.ts')).command,
  ),
  entry('version', 'Print the version', async () => (await import('./version.ts')).command),
];

interface Alias {
  readonly name: string;
  readonly of: string;
  readonly listed: boolean;
  readonly deprecated?: boolean;
}

/** Older and shorter names. */
const aliases: readonly Alias[] = [
  { name: 'alloc-status', of: 'alloc status', listed: false },
  { name: 'eval-status', of: 'eval status', listed: false },
  { name: 'fs', of: 'alloc fs', listed: true },
  { name: 'init', of: 'job init', listed: true },
  { name: 'inspect', of: 'job inspect', listed: true },
  { name: 'logs', of: 'alloc logs', listed: true },
  { name: 'node-status', of: 'node status', listed: false },
  { name: 'plan', of: 'job plan', listed: true },
  { name: 'run', of: 'job run', listed: true },
  { name: 'server-members', of: 'server members', listed: false, deprecated: true },
  { name: 'stop', of: 'job stop', listed: true },
  { name: 'validate', of: 'job validate', listed: true },
];

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
