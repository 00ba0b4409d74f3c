// SPDX-License-Identifier: MPL-2.0
import { Eval_Allocations, Eval_Count, Eval_Delete, Eval_GetEval, Eval_List, type routes } from '@serai/api';
import { AppError } from '#base';
import type { HandlersOf } from '../request/call.ts';
import { json } from '../response/outcome.ts';
import { found, listed } from './found.ts';

/** Ids in one request to delete: as many as Nomad puts into one log entry. */
const maxDeletedIds = 7_281;

export const evaluationHandlers: HandlersOf<typeof routes.evaluations> = {
  list: async (call) => {
    const { job = '', status = '' } = call.query;
    const args = { ...call.read(), FilterJobID: job, FilterEvalStatus: status };
    if (args.Filter !== '' && (job !== '' || status !== ''))
      throw new AppError('invalid', 'Filter expression cannot be used with other filter parameters');
    const reply = await call.services.rpc.call(Eval_List, args, call);
    return listed(reply.Evaluations, reply);
  },

  delete: async (call) => {
    const { EvalIDs, Filter } = call.body;
    const count = EvalIDs?.length ?? 0;
    if (count === 0 && Filter === '')
      throw new AppError('invalid', 'evals must be deleted by either ID or filter: none was given');
    if (count > 0 && Filter !== '')
      throw new AppError('invalid', 'evals cannot be deleted by both ID and filter');
    if (count > maxDeletedIds)
      throw new AppError(
        'invalid',
        `request includes ${count} evaluations, must be ${maxDeletedIds} or fewer`,
      );
    const reply = await call.services.rpc.call(Eval_Delete, { ...call.write(), EvalIDs, Filter }, call);
    return json(reply, { Index: reply.Index });
  },

  count: async (call) => {
    const reply = await call.services.rpc.call(Eval_Count, call.read(), call);
    return json(reply, reply);
  },

  get: async (call) => {
    const args = { ...call.read(), EvalID: call.params.id, IncludeRelated: call.query.related };
    const reply = await call.services.rpc.call(Eval_GetEval, args, call);
    return found(reply.Eval, reply, 'eval not found');
  },

  allocations: async (call) => {
    const args = { ...call.read(), EvalID: call.params.id, IncludeRelated: false };
    const reply = await call.services.rpc.call(Eval_Allocations, args, call);
    return listed(reply.Allocations, reply);
  },
};
