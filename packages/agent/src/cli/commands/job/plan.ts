// SPDX-License-Identifier: MPL-2.0

import { type JobPlanResult, routes, type Static } from '@serai/api';
import type { Command, CommandContext } from '../../command.ts';
import { exactArgs, jobFileFlags, verboseFlag } from '../../common-flags.ts';
import { connect } from '../../connection/api.ts';
import { attempting, describeFailure } from '../../failure.ts';
import { readJobFile } from '../../job-file.ts';
import { failedGroups } from '../../monitor/placement-failures.ts';
import { formatTime, shortId } from '../../output/format.ts';
import { formatJobDiff } from '../../output/job-diff.ts';
import { formatList, paint, type Ui } from '../../output/ui.ts';

type Plan = Static<typeof JobPlanResult>;

/** More preempted allocations than this are counted by job. */
const maxPreemptionsShown = 10;

/** Nomad's: 0 nothing would change, 1 allocations would, 255 an error. */
const exit = { same: 0, changes: 1, error: 255 } as const;

export const command: Command = {
  usage: 'job plan [options] <path>',
  help: `
Shows what running a job would do, without doing it: the differences to the running version, what would be placed,
updated or stopped, and what could not be placed.

Exits with 0 when no allocation would change, with 1 when some would, with 255 on an error.`,
  flags: {
    ...jobFileFlags,
    ...verboseFlag,
    diff: { kind: 'bool', default: true, help: 'Show the differences to the running version.' },
    'policy-override': { kind: 'bool', help: 'Override soft mandatory policies.' },
    'vault-token': { kind: 'text', help: 'Vault token of the submitter.', hidden: true },
    'vault-namespace': { kind: 'text', help: 'Vault namespace of the job.', hidden: true },
  },
  usesApi: true,
  run: async (context, flags, args) => {
    try {
      exactArgs(args, 1, 'the path of the job file');
      const path = args[0] ?? '';
      const { job } = await readJobFile(context, flags, path);
      const api = connect(context, flags);
      const answer = await attempting(
        'Error during plan',
        api.client.value(routes.jobs.plan, {
          params: { id: job.ID ?? '' },
          body: { Job: job, Diff: flags.bool('diff'), PolicyOverride: flags.bool('policy-override') },
          ...(api.namespaceGiven ? { options: { namespace: api.namespace } } : {}),
        }),
      );
      show(context, answer, { verbose: flags.bool('verbose'), path });
      return changes(answer) ? exit.changes : exit.same;
    } catch (error) {
      const { message, hint } = describeFailure(error);
      context.ui.error(message);
      if (hint !== '') context.ui.error(hint);
      return exit.error;
    }
  },
};

function show(context: CommandContext, plan: Plan, of: { verbose: boolean; path: string }): void {
  const { ui } = context;
  if (plan.Diff) ui.output(`${formatJobDiff(plan.Diff, { ui, verbose: of.verbose })}\n`);
  ui.output(paint(ui, 'bold', 'Scheduler dry-run:'));
  ui.output(`${dryRun(ui, plan)}\n`);
  const preempted = preemptionText(plan, of.verbose);
  if (preempted !== '') ui.output(`${paint(ui, 'bold', 'Preemptions:')}\n\n${preempted}\n`);
  if (plan.Warnings !== '') ui.output(paint(ui, 'yellow', `Job Warnings:\n${plan.Warnings}\n`));
  ui.output(paint(ui, 'bold', `Job Modify Index: ${plan.JobModifyIndex}`));
  ui.output(`To submit the job with version verification run:

serai job run -check-index ${plan.JobModifyIndex} ${of.path}

When running the job with the check-index flag, the job will only be run if the
job modify index given matches the server-side version. If the index has
changed, another user has modified the job and the plan's results are
potentially invalid.`);
}

function dryRun(ui: Ui, plan: Plan): string {
  const failed = failedGroups(plan.FailedTGAllocs);
  const lines: string[] = [];
  if (failed.length === 0) lines.push(paint(ui, 'green', '- All tasks successfully allocated.'));
  else lines.push(paint(ui, 'yellow', '- WARNING: Failed to place all allocations.'));
  for (const { title, reasons } of failed) {
    lines.push(paint(ui, 'yellow', `  ${title}`));
    for (const reason of reasons) lines.push(`    ${reason}`);
  }
  const rolling = (plan.CreatedEvals ?? []).find((evaluation) => evaluation.TriggeredBy === 'rolling-update');
  if (rolling) lines.push('', '- Rolling update, next evaluation will be created after the stagger.');
  const nextMs = Date.parse(plan.NextPeriodicLaunch);
  if (nextMs > 0)
    lines.push(
      paint(ui, 'green', `- If submitted now, next periodic launch would be at ${formatTime(nextMs)}.`),
    );
  return lines.join('\n');
}

/** Which allocations would give way. Many of them are counted by job. */
function preemptionText(plan: Plan, verbose: boolean): string {
  const allocs = plan.Annotations?.PreemptedAllocs ?? [];
  if (allocs.length === 0) return '';
  if (verbose || allocs.length < maxPreemptionsShown) {
    const rows = allocs.map((alloc) => [shortId(alloc.ID, verbose), alloc.JobID, alloc.TaskGroup]);
    return formatList([['Alloc ID', 'Job ID', 'Task Group'], ...rows]);
  }
  const counts = new Map<string, { readonly cells: readonly string[]; count: number }>();
  for (const { JobID, Namespace, JobType } of allocs) {
    const key = JSON.stringify([Namespace, JobID]);
    const entry = counts.get(key) ?? { cells: [JobID, Namespace, JobType], count: 0 };
    entry.count += 1;
    counts.set(key, entry);
  }
  const rows = [...counts.values()].map(({ cells, count }) => [...cells, String(count)]);
  return formatList([['Job ID', 'Namespace', 'Job Type', 'Preemptions'], ...rows]);
}

function changes(plan: Plan): boolean {
  return Object.values(plan.Annotations?.DesiredTGUpdates ?? {}).some(
    (update) => update.Stop + update.Place + update.Migrate + update.DestructiveUpdate + update.Canary > 0,
  );
}
