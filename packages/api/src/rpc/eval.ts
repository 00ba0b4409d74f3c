// SPDX-License-Identifier: MPL-2.0
// Eval.*: evaluations.

import { AllocListStub } from '../objects/allocation.ts';
import { Evaluation } from '../objects/evaluation.ts';
import { bool, int, list, ptr, str, struct } from '../schema.ts';
import { GenericRequest, method, queryMeta, queryOptions, writeMeta, writeRequest } from './method.ts';

const EvalSpecificRequest = struct('EvalSpecificRequest', {
  EvalID: str,
  IncludeRelated: bool,
  ...queryOptions,
});

export const Eval_GetEval = method('Eval.GetEval', {
  request: EvalSpecificRequest,
  reply: struct('SingleEvalResponse', { Eval: ptr(Evaluation), ...queryMeta }),
});
export const Eval_List = method('Eval.List', {
  request: struct('EvalListRequest', { FilterJobID: str, FilterEvalStatus: str, ...queryOptions }),
  reply: struct('EvalListResponse', { Evaluations: list(Evaluation), ...queryMeta }),
});
export const Eval_Count = method('Eval.Count', {
  request: GenericRequest,
  reply: struct('EvalCountResponse', { Count: int, ...queryMeta }),
});
export const Eval_Allocations = method('Eval.Allocations', {
  request: EvalSpecificRequest,
  reply: struct('EvalAllocationsResponse', { Allocations: list(AllocListStub), ...queryMeta }),
});
/** Either ids or a filter. */
export const Eval_Delete = method('Eval.Delete', {
  request: struct('EvalDeleteRequest', { EvalIDs: list(str), Filter: str, ...writeRequest }),
  reply: struct('EvalDeleteResponse', { Count: int, ...writeMeta }),
});
