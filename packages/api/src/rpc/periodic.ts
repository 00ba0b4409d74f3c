// SPDX-License-Identifier: MPL-2.0
// Periodic.*: jobs that are launched by the clock.

import { type Static, str, struct, uint } from '../schema.ts';
import { method, writeMeta, writeRequest } from './method.ts';

export const PeriodicForceResponse = struct('PeriodicForceResponse', {
  EvalID: str,
  EvalCreateIndex: uint,
  ...writeMeta,
});
export interface PeriodicForceResponse extends Static<typeof PeriodicForceResponse> {}

/** Launches the job now, whatever its schedule and its running children say. */
export const Periodic_Force = method('Periodic.Force', {
  request: struct('PeriodicForceRequest', { JobID: str, ...writeRequest }),
  reply: PeriodicForceResponse,
});
