// SPDX-License-Identifier: MPL-2.0
// Alloc.*: reads of allocations, and stopping one.

import {
  Alloc_GetAlloc,
  Alloc_GetAllocs,
  Alloc_List,
  Alloc_Stop,
  Alloc_UpdateDesiredTransition,
  Allocation,
  type DesiredTransition,
} from '@serai/api';
import { AppError } from '#base';
import { createIndexToken, idToken, paginate } from '#model';
import { updateAllocDesiredTransition } from '#state';
import type { ServerContext } from '../context.ts';
import { newEvaluation } from '../evaluations.ts';
import { stampFor } from '../stamp.ts';
import { allocListStub } from './alloc-stub.ts';
import {
  type Args,
  clientOnly,
  type Endpoint,
  endpoint,
  reads,
  readsObject,
  readsWithClients,
  writes,
} from './endpoint.ts';
import { checkIdPrefix, inNamespace, query } from './query.ts';

export function allocEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Alloc_List, reads('read-job', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('allocs');
        const page = paginate<Allocation>(
          args.Prefix === ''
            ? snapshot.allocsByCreation()
            : snapshot.allocsByPrefix(checkIdPrefix(args.Prefix)),
          {
            perPage: args.PerPage,
            nextToken: args.NextToken,
            filter: args.Filter,
            schema: Allocation,
            reverse: args.Reverse,
            tokenizer: args.Prefix === '' ? createIndexToken : idToken,
            include: inNamespace(args),
          },
        );
        const fields = {
          resources: args.Fields?.Resources ?? false,
          taskStates: args.Fields?.TaskStates ?? true,
        };
        const value = {
          Allocations: page.items.map((alloc) => allocListStub(alloc, fields)),
          NextToken: page.nextToken,
        };
        return { index: snapshot.tableIndex('allocs'), value };
      }),
    ),
    endpoint(Alloc_GetAlloc, readsWithClients(readsObject('read-job')), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.row('allocs', args.AllocID);
        const found = snapshot.alloc(args.AllocID) ?? null;
        return { index: found?.ModifyIndex ?? snapshot.tableIndex('allocs'), value: { Alloc: found } };
      }),
    ),
    endpoint(Alloc_GetAllocs, clientOnly('list'), (args, rpc) => getAllocs(context, args, rpc)),
    endpoint(Alloc_Stop, writes('alloc-lifecycle', 'object'), (args) => stopAlloc(context, args)),
    endpoint(
      Alloc_UpdateDesiredTransition,
      { ...writes('none', 'none'), callers: ['server'] },
      async (args) => {
        const nowNs = context.clock.nowNs();
        const written = await context.writes.write('update desired transitions', (tx) =>
          updateAllocDesiredTransition(tx, {
            transitions: new Map(Object.entries(args.Allocs ?? {})),
            evals: args.Evals ?? [],
            nowNs,
          }),
        );
        return { Index: written.index };
      },
    ),
  ];
}

/**
 * Waits until one of them is newer than MinQueryIndex. When one of them is not there (collected meanwhile, or not yet
 * here) it answers without any at once: the caller asks for its list again.
 */
async function getAllocs(
  context: ServerContext,
  args: Args<typeof Alloc_GetAllocs>,
  rpc: Parameters<Endpoint['handler']>[1],
): Promise<{ Allocs: Allocation[] | null } & Awaited<ReturnType<typeof query>>> {
  const ids = args.AllocIDs ?? [];
  return query(context, { args, rpc }, (snapshot, watch) => {
    const found: Allocation[] = [];
    let newest = 0;
    for (const id of ids) {
      watch.row('allocs', id);
      const alloc = snapshot.alloc(id);
      if (!alloc) return { index: snapshot.tableIndex('allocs'), value: { Allocs: null } };
      found.push(alloc);
      newest = Math.max(newest, alloc.ModifyIndex);
    }
    const ready = newest > args.MinQueryIndex || args.MinQueryIndex === 0;
    return { index: newest, value: { Allocs: ready ? found : null } };
  });
}

const migrate: DesiredTransition = {
  Migrate: true,
  Reschedule: null,
  ForceReschedule: null,
  NoShutdownDelay: null,
};

async function stopAlloc(
  context: ServerContext,
  args: Args<typeof Alloc_Stop>,
): Promise<{ EvalID: string; Index: number }> {
  const transition = { ...migrate, NoShutdownDelay: args.NoShutdownDelay ? true : null };
  const stamp = stampFor(context);
  const { index, result } = await context.writes.write('stop allocation', (tx) => {
    const at = stamp();
    const alloc = tx.alloc(args.AllocID);
    if (!alloc) throw new AppError('not-found', `Unknown allocation ${JSON.stringify(args.AllocID)}`);
    const evaluation = newEvaluation(
      {
        Namespace: alloc.Namespace,
        Priority: alloc.Job?.Priority ?? context.options.jobDefaultPriority,
        Type: alloc.Job?.Type ?? 'service',
        TriggeredBy: 'alloc-stop',
        JobID: alloc.JobID,
      },
      at,
    );
    updateAllocDesiredTransition(tx, {
      transitions: new Map([[alloc.ID, transition]]),
      evals: [evaluation],
      nowNs: at.nowNs,
    });
    return evaluation.ID;
  });
  return { EvalID: result, Index: index };
}
