// SPDX-License-Identifier: MPL-2.0
// Header lists as node:http takes them fastest: name, value, name, value.

import type { Meta } from './outcome.ts';

/** Answers are never to be guessed at by a browser, and never worth keeping. */
export const textType = 'text/plain; charset=utf-8';
export const jsonType = 'application/json';

/** For content that a task has written: a browser must neither run it nor guess its type. */
export const untrustedHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'X-XSS-Protection': '1; mode=block',
};

/** LastContact is told in milliseconds. Writes tell the index only. */
export function metaHeaders(meta: Meta | undefined): string[] {
  if (!meta) return [];
  const headers = ['X-Nomad-Index', String(meta.Index)];
  if (meta.KnownLeader !== undefined) headers.push('X-Nomad-KnownLeader', String(meta.KnownLeader));
  if (meta.LastContact !== undefined)
    headers.push('X-Nomad-LastContact', String(Math.floor(meta.LastContact / 1_000_000)));
  if (meta.NextToken) headers.push('X-Nomad-NextToken', headerValue(meta.NextToken));
  return headers;
}

/** A name from a user in a header: what a header can't hold is percent-encoded. */
function headerValue(text: string): string {
  return text.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char));
}
