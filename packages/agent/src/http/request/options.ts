// SPDX-License-Identifier: MPL-2.0
// Parameters that every route takes → the fields that every RPC request carries.

import { parseDuration, type QueryOptions, type WriteRequest } from '@serai/api';
import { AppError } from '#base';
import { parseBool, parseWhole } from './parameters.ts';

export interface RequestDefaults {
  readonly region: string;
  readonly token: string;
}

const defaultNamespace = 'default';
const int32Max = 2_147_483_647;

/** '' when the request names none. */
export function requestedNamespace(search: URLSearchParams): string {
  return search.get('namespace') ?? '';
}

export function readOptions(search: URLSearchParams, defaults: RequestDefaults): QueryOptions {
  return {
    Region: search.get('region') || defaults.region,
    Namespace: requestedNamespace(search) || defaultNamespace,
    MinQueryIndex: readIndex(search),
    MaxQueryTime: readWait(search),
    AllowStale: readStale(search),
    Prefix: search.get('prefix') ?? '',
    Filter: search.get('filter') ?? '',
    AuthToken: defaults.token,
    PerPage: readPerPage(search),
    NextToken: search.get('next_token') ?? '',
    Reverse: search.get('reverse') === 'true',
    Forwarded: false,
  };
}

export function writeOptions(search: URLSearchParams, defaults: RequestDefaults): WriteRequest {
  return {
    Region: search.get('region') || defaults.region,
    Namespace: requestedNamespace(search) || defaultNamespace,
    AuthToken: defaults.token,
    IdempotencyToken: search.get('idempotency_token') ?? '',
    Forwarded: false,
  };
}

function readIndex(search: URLSearchParams): number {
  const text = search.get('index');
  if (text === null || text === '') return 0;
  if (!/^\d{1,20}$/.test(text)) throw new AppError('invalid', 'Invalid index');
  // Go takes all of uint64; nothing above 2^53 is ever an index here, so it waits like the largest one.
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

function readWait(search: URLSearchParams): number {
  const text = search.get('wait');
  if (text === null || text === '') return 0;
  const wait = parseDuration(text);
  if (wait === undefined) throw new AppError('invalid', 'Invalid wait time');
  return Math.max(0, wait);
}

function readStale(search: URLSearchParams): boolean {
  const text = search.get('stale');
  if (text === null) return false;
  return text === '' ? true : parseBool('stale', text);
}

function readPerPage(search: URLSearchParams): number {
  const text = search.get('per_page');
  if (text === null || text === '') return 0;
  return parseWhole('per_page', text, { kind: 'an int32', least: 0, most: int32Max });
}
