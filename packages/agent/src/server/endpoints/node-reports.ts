// SPDX-License-Identifier: MPL-2.0
// Node.UpdateAlloc, Node.EmitEvents: what a client tells about its node and what runs there.

import { type Allocation, type Evaluation, type Job, Node_EmitEvents, Node_UpdateAlloc } from '@serai/api';
import { AppError } from '#base';
import { findTaskGroup, isClientTerminal, isSystemLike } from '#model';
import {
  type NodeEventInput,
  type StateReader,
  type Tx,
  updateAllocsFromClient,
  upsertNodeEvents,
} from '#state';
import type { ServerContext } from '../context.ts';
import { jobEvaluation } from '../evaluations.ts';
import { type Stamp, stampFor } from '../stamp.ts';
import { type Args, clientOnly, type Endpoint, endpoint, type Reply } from './endpoint.ts';

export function nodeReportEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Node_UpdateAlloc, clientOnly('write'), (args) => updateAlloc(context, args)),
    endpoint(Node_EmitEvents, clientOnly('write'), (args) => emitEvents(context, args)),
  ];
}

async function updateAlloc(
  context: ServerContext,
  args: Args<typeof Node_UpdateAlloc>,
): Promise<Reply<typeof Node_UpdateAlloc>> {
  const allocs = args.Alloc ?? [];
  if (allocs.length === 0)
    throw new AppError('invalid', 'must update at least one allocation', { status: 500 });
  if ((args.Evals?.length ?? 0) > 0)
    throw new AppError('invalid', 'evals field must not be set', { status: 500 });
  const nodeId = allocs[0]?.NodeID ?? '';
  if (allocs.some((alloc) => alloc.NodeID !== nodeId)) {
    throw new AppError('denied', 'a client may only update allocations of its own node', { status: 500 });
  }
  const stamp = stampFor(context);
  const { index } = await context.writes.write('update allocations', (tx) =>
    takeReport(tx, { nodeId, allocs }, stamp()),
  );
  return { Index: index };
}

/** Returns the evaluations it made. Operation. */
export function takeReport(
  tx: Tx,
  report: { readonly nodeId: string; readonly allocs: readonly Allocation[] },
  stamp: Stamp,
): Evaluation[] {
  const { nodeId, allocs } = report;
  const node = tx.node(nodeId);
  if (!node) throw new AppError('not-found', `node ${nodeId} not found`, { status: 500 });
  if (node.Status === 'down') {
    throw new AppError(
      'conflict',
      `node ${nodeId} is not allowed to update allocs while in status ${node.Status}`,
      { status: 500 },
    );
  }
  // Only what runs on this node: a stored allocation of another node stays as it is.
  const own = allocs.filter((alloc) => tx.alloc(alloc.ID)?.NodeID === nodeId);
  const evals = followUps(tx, own, stamp);
  updateAllocsFromClient(tx, { allocs: own, evals, nowNs: stamp.nowNs });
  return evals;
}

/** Jobs that have something to do after this report. One evaluation per job. */
function followUps(state: StateReader, reports: readonly Allocation[], stamp: Stamp): Evaluation[] {
  const byJob = new Map<string, Evaluation>();
  for (const reported of reports) {
    const stored = state.alloc(reported.ID);
    const job = stored && state.job(stored.Namespace, stored.JobID);
    if (!job) continue;
    const key = `${job.Namespace}\u0000${job.ID}`;
    if (byJob.has(key)) continue;
    const triggeredBy = triggerOf(state, { job, stored, status: reported.ClientStatus });
    if (triggeredBy) byJob.set(key, jobEvaluation(job, { triggeredBy }, stamp));
  }
  return [...byJob.values()];
}

function triggerOf(
  state: StateReader,
  report: { readonly job: Job; readonly stored: Allocation; readonly status: string },
): string | undefined {
  const { job, stored, status } = report;
  if (stored.ClientStatus === 'unknown') return status === 'unknown' ? undefined : 'reconnect';
  if (isClientTerminal(stored)) return undefined;
  if (status === 'failed') return maybeRescheduled(job, stored) ? 'alloc-failure' : undefined;
  // A system allocation that a user stopped starts again on its node once the old one is gone.
  const moved = stored.DesiredTransition.Migrate === true && isClientTerminal({ ClientStatus: status });
  const stays = moved && isSystemLike(job.Type) && !state.node(stored.NodeID)?.DrainStrategy;
  return stays ? 'alloc-stop' : undefined;
}

/** Without a policy nothing would come of an evaluation, or (system jobs) the same failure again at once, for ever. */
function maybeRescheduled(job: Job, stored: Allocation): boolean {
  if (stored.DesiredStatus !== 'run' || isSystemLike(job.Type)) return false;
  const policy = findTaskGroup(stored.Job ?? job, stored.TaskGroup)?.ReschedulePolicy;
  return policy ? policy.Unlimited || policy.Attempts > 0 : false;
}

async function emitEvents(
  context: ServerContext,
  args: Args<typeof Node_EmitEvents>,
): Promise<Reply<typeof Node_EmitEvents>> {
  const events = new Map<string, NodeEventInput[]>();
  for (const [nodeId, given] of Object.entries(args.NodeEvents ?? {})) {
    const inputs = (given ?? []).map((event) => ({
      message: event.Message,
      subsystem: event.Subsystem,
      ...(event.Details ? { details: event.Details } : {}),
      timestamp: event.Timestamp,
    }));
    events.set(nodeId, inputs);
  }
  if (events.size === 0) throw new AppError('invalid', 'no node events given', { status: 500 });
  const { index } = await context.writes.write('node events', (tx) => upsertNodeEvents(tx, events));
  return { Index: index };
}
