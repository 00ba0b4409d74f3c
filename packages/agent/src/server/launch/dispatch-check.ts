// SPDX-License-Identifier: MPL-2.0
// What a parameterized job asks of a request to dispatch it: pure. The texts are Nomad's.

import type { Job } from '@serai/api';
import { AppError } from '#base';
import { isParameterized } from '#model';
import type { Dispatch } from './child-job.ts';

/** Largest payload of a dispatched job, in bytes after base64; larger ones are refused. */
export const maxPayloadBytes = 16_384;
/** Longest prefix for the id of a dispatched job, in characters; longer ones are refused. */
export const maxIdPrefixLength = 128;
/** Longest idempotency token, in characters; longer ones are refused. */
export const maxIdempotencyTokenLength = 256;

/** Nomad answers all of these with status 500. */
function refused(message: string, code: 'invalid' | 'not-found' = 'invalid'): AppError {
  return new AppError(code, message, { status: 500 });
}

/** The job, when it is one that can be dispatched. */
export function dispatchable(job: Job | undefined, jobId: string): Job {
  if (!job) throw refused('parameterized job not found', 'not-found');
  if (!isParameterized(job)) {
    throw refused(`Specified job ${JSON.stringify(jobId)} is not a parameterized job`);
  }
  if (job.Stop) throw refused(`Specified job ${JSON.stringify(jobId)} is stopped`);
  return job;
}

export function checkDispatch(job: Job, dispatch: Dispatch): void {
  checkPayload(job, dispatch.payload ?? '');
  checkMeta(job, Object.keys(dispatch.meta ?? {}));
  if (dispatch.idPrefix.length > maxIdPrefixLength) {
    throw refused(`ID prefix is longer than ${maxIdPrefixLength} characters`);
  }
  if (dispatch.idPrefix.includes(' ')) throw refused('ID prefix contains a space');
  if (dispatch.idPrefix.includes('\0')) throw refused('ID prefix contains a null character');
  if (dispatch.idempotencyToken.length > maxIdempotencyTokenLength) {
    throw refused(`idempotency token is longer than ${maxIdempotencyTokenLength} characters`);
  }
}

function checkPayload(job: Job, payload: string): void {
  const wanted = job.ParameterizedJob?.Payload ?? 'optional';
  if (wanted === 'required' && payload === '') {
    throw refused('Payload is not provided but required by parameterized job');
  }
  if (wanted === 'forbidden' && payload !== '') {
    throw refused('Payload provided but forbidden by parameterized job');
  }
  const bytes = Buffer.from(payload, 'base64').length;
  if (bytes > maxPayloadBytes) {
    throw refused(`Payload exceeds maximum size; ${bytes} > ${maxPayloadBytes}`);
  }
}

function checkMeta(job: Job, given: readonly string[]): void {
  const required = job.ParameterizedJob?.MetaRequired ?? [];
  const allowed = new Set([...required, ...(job.ParameterizedJob?.MetaOptional ?? [])]);
  const unpermitted = given.filter((key) => !allowed.has(key)).sort();
  if (unpermitted.length > 0) {
    throw refused(`Dispatch request included unpermitted metadata keys: [${unpermitted.join(' ')}]`);
  }
  const missing = required.filter((key) => !given.includes(key)).sort();
  if (missing.length > 0) {
    throw refused(`Dispatch did not provide required meta keys: [${missing.join(' ')}]`);
  }
}
