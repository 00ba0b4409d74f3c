// SPDX-License-Identifier: MPL-2.0
// Primary keys as text. Parts are joined by NUL, which no name or id can hold, so that `web` is never a prefix match of
// `web-admin` and order by key is order by (first part, second part, …).

const separator = '\0';

/** Digits that hold every safe integer, so that text order is number order. */
const numberWidth = 16;

export function numberKey(value: number): string {
  return String(value).padStart(numberWidth, '0');
}

/** Of jobs, job summaries, scaling events and periodic launches; also the value of every index by job. */
export function jobKey(namespace: string, jobId: string): string {
  return namespace + separator + jobId;
}

/** Of a request to dispatch a job, as its caller named it. */
export function dispatchKey(namespace: string, parentId: string, idempotencyToken: string): string {
  return jobKey(namespace, parentId) + separator + idempotencyToken;
}

/** Job id prefix inside a namespace, for prefix scans over job keys. */
export function jobPrefix(namespace: string, idPrefix: string): string {
  return namespace + separator + idPrefix;
}

/** A purged and newly registered job starts again at version 0, so its create index is part of the key. */
export function jobVersionKey(job: {
  Namespace: string;
  ID: string;
  CreateIndex: number;
  Version: number;
}): string {
  return jobVersionsPrefix(job.Namespace, job.ID, job.CreateIndex) + numberKey(job.Version);
}

/** All versions of one job, or of one incarnation of it. */
export function jobVersionsPrefix(namespace: string, jobId: string, createIndex?: number): string {
  const base = jobKey(namespace, jobId) + separator;
  return createIndex === undefined ? base : base + numberKey(createIndex) + separator;
}

export function submissionKey(namespace: string, jobId: string, version: number): string {
  return jobKey(namespace, jobId) + separator + numberKey(version);
}

export function submissionsPrefix(namespace: string, jobId: string): string {
  return jobKey(namespace, jobId) + separator;
}

/** The only row of the scheduler configuration. */
export const schedulerConfigKey = 'default';
