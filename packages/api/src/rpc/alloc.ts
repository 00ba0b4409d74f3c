// SPDX-License-Identifier: MPL-2.0
// Alloc.*: allocations as the server holds them.

import { Allocation, AllocListStub, DesiredTransition } from '../objects/allocation.ts';
import { Evaluation } from '../objects/evaluation.ts';
import { bool, list, map, ptr, type Static, str, struct } from '../schema.ts';
import { GenericResponse, method, queryMeta, queryOptions, writeMeta, writeRequest } from './method.ts';

export const AllocListResponse = struct('AllocListResponse', {
  Allocations: list(AllocListStub),
  ...queryMeta,
});
export interface AllocListResponse extends Static<typeof AllocListResponse> {}

/** Fields null: task states yes, resources no. */
export const Alloc_List = method('Alloc.List', {
  request: struct('AllocListRequest', {
    Fields: ptr(struct('AllocStubFields', { Resources: bool, TaskStates: bool })),
    ...queryOptions,
  }),
  reply: AllocListResponse,
});
export const AllocSpecificRequest = struct('AllocSpecificRequest', { AllocID: str, ...queryOptions });
export interface AllocSpecificRequest extends Static<typeof AllocSpecificRequest> {}

export const Alloc_GetAlloc = method('Alloc.GetAlloc', {
  request: AllocSpecificRequest,
  reply: struct('SingleAllocResponse', { Alloc: ptr(Allocation), ...queryMeta }),
});
/** Waits until at least one of them is newer than MinQueryIndex; Allocs is null until then. */
export const Alloc_GetAllocs = method('Alloc.GetAllocs', {
  request: struct('AllocsGetRequest', { AllocIDs: list(str), ...queryOptions }),
  reply: struct('AllocsGetResponse', { Allocs: list(Allocation), ...queryMeta }),
});
export const Alloc_Stop = method('Alloc.Stop', {
  request: struct('AllocStopRequest', { AllocID: str, NoShutdownDelay: bool, ...writeRequest }),
  reply: struct('AllocStopResponse', { EvalID: str, ...writeMeta }),
});
export const Alloc_UpdateDesiredTransition = method('Alloc.UpdateDesiredTransition', {
  request: struct('AllocUpdateDesiredTransitionRequest', {
    Allocs: map(DesiredTransition),
    Evals: list(Evaluation),
    ...writeRequest,
  }),
  reply: GenericResponse,
});
