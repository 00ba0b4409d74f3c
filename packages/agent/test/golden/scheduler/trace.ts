// SPDX-License-Identifier: MPL-2.0
// What an evaluation did, as text: one line per change, sorted, allocations by name and node.

import type { Allocation, AllocMetric, Evaluation } from '@serai/api';
import type { Plan } from '#model';
import type { Outcome } from '#scheduler';
import type { SchedulerHarness } from '#testing';

type Before = (id: string) => Allocation | undefined;

/** `before` answers with the rows as they were when the evaluation began. */
export function traceOutcome(outcome: Outcome, harness: SchedulerHarness, before: Before): string[] {
  const lines = [headline(outcome.evaluation, outcome)];
  for (const plan of outcome.plans)
    lines.push(...tracePlan(plan, harness, before).map((line) => `  ${line}`));
  for (const [group, metric] of Object.entries(outcome.evaluation.FailedTGAllocs ?? {}))
    lines.push(`  failed ${group}: ${traceMetric(metric)}`);
  for (const evaluation of outcome.created) lines.push(`  create ${traceEval(evaluation, harness)}`);
  return lines;
}

function headline(evaluation: Evaluation, outcome: Outcome): string {
  const queued = Object.entries(evaluation.QueuedAllocations ?? {})
    .filter(([, count]) => count > 0)
    .map(([group, count]) => ` queued ${group}=${count}`);
  const status = outcome.reblocked ? 'blocked again' : evaluation.Status;
  const why = evaluation.StatusDescription === '' ? '' : ` (${evaluation.StatusDescription})`;
  const plans = outcome.plans.length === 1 ? '' : ` plans=${outcome.plans.length}`;
  return `eval ${evaluation.JobID}: ${status}${why}${queued.join('')}${plans}`;
}

function tracePlan(plan: Plan, harness: SchedulerHarness, before: Before): string[] {
  const lines: string[] = [];
  for (const alloc of flat(plan.nodeUpdate)) {
    const lost = alloc.ClientStatus === before(alloc.ID)?.ClientStatus ? '' : ` as ${alloc.ClientStatus}`;
    const later = alloc.FollowupEvalID === before(alloc.ID)?.FollowupEvalID ? '' : ', replaced later';
    lines.push(`stop ${at(alloc)}${lost}: ${alloc.DesiredDescription}${later}`);
  }
  for (const alloc of flat(plan.nodePreemptions)) lines.push(`evict ${at(alloc)}`);
  for (const alloc of flat(plan.nodeAllocation)) lines.push(traceAllocation(alloc, before));
  lines.sort();
  if (plan.deployment) lines.push(traceDeployment(plan));
  for (const update of plan.deploymentUpdates)
    lines.push(`deployment becomes ${update.Status}: ${update.StatusDescription}`);
  for (const evaluation of plan.followups) lines.push(`follow-up ${traceEval(evaluation, harness)}`);
  for (const [group, counts] of Object.entries(plan.annotations?.DesiredTGUpdates ?? {})) {
    const wanted = Object.entries(counts).filter(([, count]) => count > 0);
    lines.push(`desired ${group}: ${wanted.map(([name, count]) => `${name}=${count}`).join(' ')}`);
  }
  return lines;
}

function flat(byNode: ReadonlyMap<string, readonly Allocation[]>): Allocation[] {
  return [...byNode.values()].flat();
}

function at(alloc: Allocation): string {
  return `${alloc.Name} v${alloc.Job?.Version ?? '?'} on ${alloc.NodeID}`;
}

function traceAllocation(alloc: Allocation, before: Before): string {
  const old = before(alloc.ID);
  if (!old) {
    const previous = alloc.PreviousAllocation === '' ? undefined : before(alloc.PreviousAllocation);
    const from = previous ? `, was on ${previous.NodeID}` : '';
    const canary = alloc.DeploymentStatus?.Canary ? ', canary' : '';
    const events = alloc.RescheduleTracker?.Events?.length ?? 0;
    const attempts = events > 0 ? `, attempt ${events}` : '';
    const ports = (alloc.AllocatedResources?.Shared.Ports ?? [])
      .filter((port) => port.Value < 20_000)
      .map((port) => `, ${port.Label}=${port.Value}`);
    return `place ${at(alloc)}${from}${canary}${attempts}${ports.join('')}`;
  }
  if (old.Job !== alloc.Job) return `update ${at(alloc)}`;
  if (old.ClientStatus !== alloc.ClientStatus) return `mark ${at(alloc)} as ${alloc.ClientStatus}`;
  if (old.FollowupEvalID !== alloc.FollowupEvalID) return `note ${at(alloc)}: follow-up`;
  if ((old.AllocStates?.length ?? 0) !== (alloc.AllocStates?.length ?? 0))
    return `note ${at(alloc)}: is back`;
  return `rewrite ${at(alloc)}`;
}

function traceDeployment(plan: Plan): string {
  const deployment = plan.deployment;
  const groups = Object.entries(deployment?.TaskGroups ?? {}).map(
    ([name, state]) =>
      `${name} total=${state.DesiredTotal} canaries=${state.DesiredCanaries}${state.AutoPromote ? ' auto' : ''}`,
  );
  return `deployment v${deployment?.JobVersion} ${deployment?.Status}: ${deployment?.StatusDescription}; ${groups.join('; ')}`;
}

function traceEval(evaluation: Evaluation, harness: SchedulerHarness): string {
  const parts = [evaluation.Status, evaluation.TriggeredBy];
  if (evaluation.Status === 'pending') {
    const waitMs = Date.parse(evaluation.WaitUntil) - harness.nowNs / 1e6;
    parts.push(`in ${Math.round(waitMs / 100) / 10}s`);
  }
  if (evaluation.NodeID !== '') parts.push(`node ${evaluation.NodeID}`);
  if (evaluation.Status === 'blocked')
    parts.push(evaluation.EscapedComputedClass ? 'any class' : classes(evaluation));
  return parts.join(' ');
}

function classes(evaluation: Evaluation): string {
  const known = Object.values(evaluation.ClassEligibility ?? {});
  return `classes ${known.filter(Boolean).length} eligible of ${known.length}`;
}

function traceMetric(metric: AllocMetric): string {
  const counts = (name: string, record: Readonly<Record<string, number>> | null): string[] =>
    Object.entries(record ?? {})
      .sort()
      .map(([key, count]) => `${name} "${key}": ${count}`);
  return [
    `${metric.NodesEvaluated} evaluated, ${metric.NodesFiltered} filtered, ${metric.NodesExhausted} exhausted, ${metric.CoalescedFailures} more`,
    ...counts('dc', metric.NodesAvailable),
    ...counts('constraint', metric.ConstraintFiltered),
    ...counts('dimension', metric.DimensionExhausted),
  ].join('; ');
}

/** All allocations that are wanted, by name. */
export function traceState(harness: SchedulerHarness, jobId: string): string[] {
  return harness.allocs
    .filter((alloc) => alloc.JobID === jobId)
    .sort((a, b) => (a.Name === b.Name ? a.CreateIndex - b.CreateIndex : a.Name < b.Name ? -1 : 1))
    .map((alloc) => `${at(alloc)} ${alloc.DesiredStatus} ${alloc.ClientStatus}`);
}
