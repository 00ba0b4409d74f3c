// SPDX-License-Identifier: MPL-2.0

import { type JobPlanResult, routes, type Static } from '@serai/api';
import { connect } from '../../connection/api.ts';
import type { Command, CommandContext } from '../../command.ts';
import { exactArgs, jobFileFlags, verboseFlag } from '../../common-flags.ts';
import { formatTime } from '../../output/format.ts';
import { formatJobDiff } from '../../output/job-diff.ts';
import { readJobFile } from '../../job-file.ts';
import { placementFailures } from '../../monitor/placement-failures.ts';
import { paint, type Ui } from '../../output/ui.ts';

type Plan = Static<typeof JobPlanResult>;

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
      const answer = await api.client.value(routes.jobs.plan, {
        params: { id: job.ID ?? '' },
        body: { Job: job, Diff: flags.bool('diff'), PolicyOverride: flags.bool('policy-override') },
        ...(api.namespaceGiven ? { options: { namespace: api.namespace } } : {}),
      });
      show(context, answer, { verbose: flags.bool('verbose'), path });
      return changes(answer) ? exit.changes : exit.same;
    } catch (error) {
      context.ui.error(`Error during plan: ${error instanceof Error ? error.message : String(error)}`);
      return exit.error;
    }
  },
};

function show(context: CommandContext, plan: Plan, of: { verbose: boolean; path: string }): void {
  const { ui } = context;
  if (plan.Diff) ui.output(`${formatJobDiff(plan.Diff, { ui, verbose: of.verbose })}\n`);
  ui.output(paint(ui, 'bold', 'Scheduler dry-run:'));
  ui.output(`${dryRun(ui, plan)}\n`);
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
  const failed = Object.entries(plan.FailedTGAllocs ?? {}).sort();
  const lines: string[] = [];
  if (failed.length === 0) lines.push(paint(ui, 'green', '- All tasks successfully allocated.'));
  else lines.push(paint(ui, 'yellow', '- WARNING: Failed to place all allocations.'));
  for (const [group, metric] of failed) {
    const more =
      metric.CoalescedFailures === 0 ? '' : ` (failed to place ${metric.CoalescedFailures + 1} allocations)`;
    lines.push(paint(ui, 'yellow', `  Task Group ${JSON.stringify(group)}${more}:`));
    for (const reason of placementFailures(metric)) lines.push(`    ${reason}`);
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

function changes(plan: Plan): boolean {
  return Object.values(plan.Annotations?.DesiredTGUpdates ?? {}).some(
    (update) => update.Stop + update.Place + update.Migrate + update.DestructiveUpdate + update.Canary > 0,
  );
}
