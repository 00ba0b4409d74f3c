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
  entry('agent-info', 'Show numbers about an agent', async () => (await import('./agent-info.ts')).command),
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
  entry('deployment fail', 'Fail a deployment', async () => (await import('./deployment/fail.ts')).command),
  entry(
    'deployment list',
    'List the deployments',
    async () => (await import('./deployment/list.ts')).command,
  ),
  entry(
    'deployment pause',
    'Pause a deployment',
    async () => (await import('./deployment/pause.ts')).command,
  ),
  entry(
    'deployment promote',
    'Promote the canaries of a deployment',
    async () => (await import('./deployment/promote.ts')).command,
  ),
  entry(
    'deployment resume',
    'Go on with a paused deployment',
    async () => (await import('./deployment/resume.ts')).command,
  ),
  entry(
    'deployment status',
    'Show a deployment',
    async () => (await import('./deployment/status.ts')).command,
  ),
  entry('eval list', 'List the evaluations', async () => (await import('./eval/list.ts')).command),
  entry('eval status', 'Show an evaluation', async () => (await import('./eval/status.ts')).command),
  entry('fmt', 'Format job and configuration files', async () => (await import('./fmt.ts')).command),
  entry('job allocs', 'List the allocations of a job', async () => (await import('./job/allocs.ts')).command),
  entry(
    'job deployments',
    'List the deployments of a job',
    async () => (await import('./job/deployments.ts')).command,
  ),
  entry(
    'job dispatch',
    'Run an instance of a parameterized job',
    async () => (await import('./job/dispatch.ts')).command,
  ),
  entry('job eval', 'Evaluate a job anew', async () => (await import('./job/eval.ts')).command),
  entry('job history', 'List the versions of a job', async () => (await import('./job/history.ts')).command),
  entry('job init', 'Write an example job file', async () => (await import('./job/init.ts')).command),
  entry('job inspect', 'Show a job as JSON', async () => (await import('./job/inspect.ts')).command),
  entry(
    'job periodic force',
    'Launch a periodic job now',
    async () => (await import('./job/periodic/force.ts')).command,
  ),
  entry('job plan', 'Show what running a job would do', async () => (await import('./job/plan.ts')).command),
  entry(
    'job promote',
    'Promote the canaries of a job',
    async () => (await import('./job/promote.ts')).command,
  ),
  entry(
    'job revert',
    'Run an earlier version of a job again',
    async () => (await import('./job/revert.ts')).command,
  ),
  entry('job run', 'Run a job or a new version of it', async () => (await import('./job/run.ts')).command),
  entry(
    'job scale',
    'Change the count of a group of a job',
    async () => (await import('./scaling/job-scale.ts')).command,
  ),
  entry(
    'job scaling-events',
    'List how a job was scaled',
    async () => (await import('./scaling/job-events.ts')).command,
  ),
  entry('job status', 'List jobs or show one', async () => (await import('./job/status.ts')).command),
  entry('job stop', 'Stop jobs', async () => (await import('./job/stop.ts')).command),
  entry('job validate', 'Check a job file', async () => (await import('./job/validate.ts')).command),
  entry('monitor', 'Follow the log of an agent', async () => (await import('./monitor.ts')).command),
  entry(
    'namespace inspect',
    'Show a namespace as JSON',
    async () => (await import('./namespace/inspect.ts')).command,
  ),
  entry('namespace list', 'List the namespaces', async () => (await import('./namespace/list.ts')).command),
  entry('namespace status', 'Show a namespace', async () => (await import('./namespace/status.ts')).command),
  entry(
    'node config',
    'Show or change the servers a client knows',
    async () => (await import('./node/config.ts')).command,
  ),
  entry(
    'node drain',
    'Move the allocations off a node',
    async () => (await import('./node/drain.ts')).command,
  ),
  entry(
    'node eligibility',
    'Say whether a node gets new allocations',
    async () => (await import('./node/eligibility.ts')).command,
  ),
  entry('node pool info', 'Show a node pool', async () => (await import('./node/pool/info.ts')).command),
  entry(
    'node pool jobs',
    'List the jobs of a node pool',
    async () => (await import('./node/pool/jobs.ts')).command,
  ),
  entry('node pool list', 'List the node pools', async () => (await import('./node/pool/list.ts')).command),
  entry(
    'node pool nodes',
    'List the nodes of a node pool',
    async () => (await import('./node/pool/nodes.ts')).command,
  ),
  entry('node status', 'List nodes or show one', async () => (await import('./node/status.ts')).command),
  entry('operator api', 'Send a request to the API', async () => (await import('./operator/api.ts')).command),
  entry(
    'operator metrics',
    'Print the metrics of an agent',
    async () => (await import('./operator/metrics.ts')).command,
  ),
  entry(
    'operator raft list-peers',
    'List the servers that hold the state',
    async () => (await import('./operator/raft-list-peers.ts')).command,
  ),
  entry(
    'operator scheduler get-config',
    'Show the settings of the scheduler',
    async () => (await import('./operator/scheduler-get-config.ts')).command,
  ),
  entry(
    'operator scheduler set-config',
    'Change settings of the scheduler',
    async () => (await import('./operator/scheduler-set-config.ts')).command,
  ),
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
  entry(
    'scaling policy info',
    'Show a scaling policy',
    async () => (await import('./scaling/policy/info.ts')).command,
  ),
  entry(
    'scaling policy list',
    'List the scaling policies',
    async () => (await import('./scaling/policy/list.ts')).command,
  ),
  entry('server members', 'List the servers', async () => (await import('./server/members.ts')).command),
  entry('status', 'Show what has an id', async () => (await import('./status.ts')).command),
  entry('system gc', 'Remove what is over', async () => (await import('./system/gc.ts')).command),
  entry(
    'system reconcile summaries',
    'Count job summaries again',
    async () => (await import('./system/reconcile-summaries.ts')).command,
  ),
  entry('ui', 'Open the web UI', async () => (await import('./ui.ts')).command),
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
  { name: 'client-config', of: 'node config', listed: false, deprecated: true },
  { name: 'eval-status', of: 'eval status', listed: false },
  { name: 'fs', of: 'alloc fs', listed: true },
  { name: 'init', of: 'job init', listed: true },
  { name: 'inspect', of: 'job inspect', listed: true },
  { name: 'logs', of: 'alloc logs', listed: true },
  { name: 'node-drain', of: 'node drain', listed: false },
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
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly unknown: string | undefined;
      readonly suggestion: string;
    }
  | { readonly kind: 'none'; readonly suggestion: string };

/** The longest name that the words spell. */
export function resolveCommand(argv: readonly string[]): Resolution {
  const longest = Math.max(...commandTable.map((command) => command.name.split(' ').length));
  for (let words = Math.min(longest, argv.length); words > 0; words--) {
    const name = argv.slice(0, words).join(' ');
    const found = commandTable.find((command) => command.name === name);
    if (found) return { kind: 'command', entry: found, rest: argv.slice(words) };
    if (commandTable.some((command) => command.name.startsWith(`${name} `))) {
      return { kind: 'group', name, unknown: argv[words], suggestion: suggest(argv[words], `${name} `) };
    }
  }
  return { kind: 'none', suggestion: suggest(argv[0], '') };
}

/** Among the words that may follow what was understood. */
function suggest(word: string | undefined, prefix: string): string {
  if (word === undefined) return '';
  const words = commandTable
    .filter((command) => command.name.startsWith(prefix))
    .map((command) => command.name.slice(prefix.length).split(' ')[0] ?? '');
  const near = nearest(word, [...new Set(words)]);
  return near === undefined ? '' : `; did you mean "${prefix}${near}"?`;
}
