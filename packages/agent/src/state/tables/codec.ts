// SPDX-License-Identifier: MPL-2.0
// Row ↔ bytes for the engine. JSON. An allocation is stored with (create index, version) of its job instead of the job
// itself, so that a million allocations don't hold a million jobs, neither on disk nor in memory.

import type { Allocation, Job } from '@serai/api';
import { AppError } from '#base';
import { jobVersionKey } from './keys.ts';
import { isTableName, type JobVersion, jobVersionOf, type Rows, type TableName } from './rows.ts';

const separator = '/';

/** Row that holds the index at which each table last changed. */
export const tableIndexesKey = 'meta/tables';

export function storedKey(table: TableName, key: string): string {
  return table + separator + key;
}

/** Table and primary key; undefined for rows that belong to no table of this version. */
export function parseStoredKey(stored: string): { table: TableName; key: string } | undefined {
  const at = stored.indexOf(separator);
  const table = stored.slice(0, at);
  return at > 0 && isTableName(table) ? { table, key: stored.slice(at + 1) } : undefined;
}

export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

export function encodeRow<N extends TableName>(table: N, row: Rows[N]): Uint8Array {
  if (table === 'allocs') return encodeJson(withoutJob(row as Allocation));
  if (table === 'jobVersions') {
    const { Job, Stable } = row as JobVersion;
    return encodeJson({ Job, Stable });
  }
  return encodeJson(row);
}

function withoutJob(alloc: Allocation): unknown {
  const { Job: job } = alloc;
  return job ? { ...alloc, Job: { CreateIndex: job.CreateIndex, Version: job.Version } } : alloc;
}

/** Finds the version row an allocation refers to. */
export type FindJobVersion = (key: string) => JobVersion | undefined;

export function decodeRow<N extends TableName>(table: N, value: Uint8Array, find: FindJobVersion): Rows[N] {
  const parsed = parseJson(table, value);
  if (table === 'allocs') return linkAlloc(parsed as Allocation, find) as Rows[N];
  if (table === 'jobVersions') {
    const { Job: job, Stable } = parsed as { Job: Job; Stable: boolean };
    return jobVersionOf(job, Stable) as Rows[N];
  }
  return parsed as Rows[N];
}

export function parseJson(what: string, value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch (error) {
    throw new AppError('internal', `a stored row of "${what}" is not valid JSON: restore a snapshot`, {
      cause: error,
    });
  }
}

/** Key of the job version a stored allocation refers to. */
export function allocNeeds(alloc: Allocation): string | undefined {
  if (!alloc.Job) return undefined;
  const { CreateIndex, Version } = alloc.Job;
  return jobVersionKey({ Namespace: alloc.Namespace, ID: alloc.JobID, CreateIndex, Version });
}

/** Puts the job version in the place of the reference to it. */
export function linkAlloc(alloc: Allocation, find: FindJobVersion): Allocation {
  const key = allocNeeds(alloc);
  if (key === undefined) return alloc;
  const found = find(key);
  if (!found) {
    throw new AppError(
      'internal',
      `allocation "${alloc.ID}" refers to version ${alloc.Job?.Version} of job "${alloc.JobID}", which is not stored: restore a snapshot`,
    );
  }
  // The row was just parsed and nobody has seen it: filling it in place saves a copy.
  return Object.assign(alloc, { Job: found.Job });
}
