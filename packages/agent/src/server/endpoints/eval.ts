// SPDX-License-Identifier: MPL-2.0
// Eval.*: requests to reconcile a job.

import {
  Eval_Allocations,
  Eval_Count,
  Eval_Delete,
  Eval_GetEval,
  Eval_List,
  Evaluation,
  type EvaluationStub,
} from '@serai/api';
import { AppError } from '#base';
import { compileFilter, createIndexToken, idToken, paginate } from '#model';
import { deleteEvals, type StateSnapshot } from '#state';
import type { ServerContext } from '../context.ts';
import { allocListStub } from './alloc-stub.ts';
import { type Args, type Endpoint, endpoint, reads, readsObject, writes } from './endpoint.ts';
import { checkIdPrefix, inNamespace, query } from './query.ts';

/** Evaluations that one request may delete by id. */
export const maxDeletedEvals = 7281;

/** Evaluations deleted by one write. */
const deletesPerWrite = 1_000;

export function evalEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Eval_GetEval, readsObject('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.row('evals', args.EvalID);
        const found = snapshot.evaluation(args.EvalID);
        const shown =
          found && args.IncludeRelated ? { ...found, RelatedEvals: relatedEvals(snapshot, found) } : found;
        return { index: found?.ModifyIndex ?? snapshot.tableIndex('evals'), value: { Eval: shown ?? null } };
      }),
    ),
    endpoint(Eval_List, reads('read-job', 'list'), (args, rpc) => {
      if (args.Filter !== '' && (args.FilterJobID !== '' || args.FilterEvalStatus !== '')) {
        throw new AppError('invalid', 'Filter expression cannot be used with other filter parameters');
      }
      return query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('evals');
        return { index: snapshot.tableIndex('evals'), value: listEvals(snapshot, args) };
      });
    }),
    endpoint(Eval_Count, reads('read-job', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('evals');
        const matches = args.Filter === '' ? undefined : compileFilter(args.Filter, Evaluation);
        const include = inNamespace(args);
        let count = 0;
        for (const evaluation of snapshot.evalsByPrefix(checkIdPrefix(args.Prefix))) {
          if (include(evaluation) && (!matches || matches(evaluation))) count += 1;
        }
        return { index: snapshot.tableIndex('evals'), value: { Count: count } };
      }),
    ),
    endpoint(Eval_Allocations, readsObject('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.index('allocs', 'eval', args.EvalID);
        const allocs = snapshot.allocsByEval(args.EvalID).map((alloc) => allocListStub(alloc));
        return { index: snapshot.tableIndex('allocs'), value: { Allocations: allocs } };
      }),
    ),
    endpoint(Eval_Delete, writes('management', 'none'), (args) => deleteEvaluations(context, args)),
  ];
}

function listEvals(
  snapshot: StateSnapshot,
  args: Args<typeof Eval_List>,
): { Evaluations: Evaluation[]; NextToken: string } {
  const include = inNamespace(args);
  const page = paginate<Evaluation>(
    args.Prefix === '' ? snapshot.evalsByCreation() : snapshot.evalsByPrefix(checkIdPrefix(args.Prefix)),
    {
      perPage: args.PerPage,
      nextToken: args.NextToken,
      filter: args.Filter,
      schema: Evaluation,
      reverse: args.Reverse,
      tokenizer: args.Prefix === '' ? createIndexToken : idToken,
      include: (evaluation) =>
        include(evaluation) &&
        (args.FilterJobID === '' || evaluation.JobID === args.FilterJobID) &&
        (args.FilterEvalStatus === '' || evaluation.Status === args.FilterEvalStatus),
    },
  );
  return { Evaluations: page.items, NextToken: page.nextToken };
}

/** Follows next, previous and blocked links both ways; bounded by the evaluations of the job. */
function relatedEvals(snapshot: StateSnapshot, start: Evaluation): EvaluationStub[] {
  const seen = new Set([start.ID]);
  const found: EvaluationStub[] = [];
  const queue: Evaluation[] = [start];
  for (let evaluation = queue.pop(); evaluation; evaluation = queue.pop()) {
    for (const id of [evaluation.NextEval, evaluation.PreviousEval, evaluation.BlockedEval]) {
      const related = id === '' || seen.has(id) ? undefined : snapshot.evaluation(id);
      if (!related) continue;
      seen.add(id);
      queue.push(related);
      found.push(evaluationStub(related));
    }
  }
  return found;
}

function evaluationStub(evaluation: Evaluation): EvaluationStub {
  return {
    ID: evaluation.ID,
    Namespace: evaluation.Namespace,
    Priority: evaluation.Priority,
    Type: evaluation.Type,
    TriggeredBy: evaluation.TriggeredBy,
    JobID: evaluation.JobID,
    NodeID: evaluation.NodeID,
    DeploymentID: evaluation.DeploymentID,
    Status: evaluation.Status,
    StatusDescription: evaluation.StatusDescription,
    WaitUntil: evaluation.WaitUntil,
    NextEval: evaluation.NextEval,
    PreviousEval: evaluation.PreviousEval,
    BlockedEval: evaluation.BlockedEval,
    CreateIndex: evaluation.CreateIndex,
    ModifyIndex: evaluation.ModifyIndex,
    CreateTime: evaluation.CreateTime,
    ModifyTime: evaluation.ModifyTime,
  };
}

async function deleteEvaluations(
  context: ServerContext,
  args: Args<typeof Eval_Delete>,
): Promise<{ Count: number; Index: number }> {
  const snapshot = context.store.snapshot();
  if (!snapshot.schedulerConfig().PauseEvalBroker) {
    throw new AppError('internal', 'eval broker is enabled; eval broker must be paused to delete evals');
  }
  const ids = args.EvalIDs ?? [];
  if (ids.length > 0 === (args.Filter !== '')) {
    throw new AppError('invalid', 'evals must be deleted by either ID or filter, not both and not neither');
  }
  if (ids.length > maxDeletedEvals) {
    throw new AppError(
      'invalid',
      `request includes ${ids.length} evaluations IDs, must be ${maxDeletedEvals} or fewer`,
    );
  }
  const wanted = ids.length > 0 ? known(snapshot, ids) : byFilter(snapshot, args.Filter);
  let index = context.store.index;
  for (let at = 0; at < wanted.length; at += deletesPerWrite) {
    const part = wanted.slice(at, at + deletesPerWrite);
    ({ index } = await context.writes.write('delete evaluations', (tx) => deleteEvals(tx, part)));
  }
  return { Count: wanted.length, Index: index };
}

function known(snapshot: StateSnapshot, ids: readonly string[]): string[] {
  const missing = ids.find((id) => !snapshot.evaluation(id));
  if (missing !== undefined) throw new AppError('internal', `eval not found: ${missing}`);
  return [...new Set(ids)];
}

function byFilter(snapshot: StateSnapshot, filter: string): string[] {
  const matches = compileFilter(filter, Evaluation);
  const ids: string[] = [];
  for (const evaluation of snapshot.evalsByPrefix('')) if (matches(evaluation)) ids.push(evaluation.ID);
  return ids;
}
