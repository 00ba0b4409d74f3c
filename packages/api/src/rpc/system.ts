// SPDX-License-Identifier: MPL-2.0
// System.*: upkeep on demand.

import { GenericRequest, GenericResponse, method } from './method.ts';

export const System_GarbageCollect = method('System.GarbageCollect', {
  request: GenericRequest,
  reply: GenericResponse,
});
export const System_ReconcileJobSummaries = method('System.ReconcileJobSummaries', {
  request: GenericRequest,
  reply: GenericResponse,
});
