// SPDX-License-Identifier: MPL-2.0
// A page of another origin must not change anything through the browser of somebody who can reach the agent: without
// ACLs there is no token that it would lack.

import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from '@serai/api';
import { AppError } from '#base';

/**
 * Browsers send `Origin` with every request that a page of elsewhere makes with another method than GET, and cannot be
 * told to leave it out. Programs send none. A proxy may have changed Host, but then names the original one.
 */
export function checkOrigin(method: string, headers: IncomingHttpHeaders, route: Route): void {
  const { origin, host } = headers;
  if (!changes(method, route)) return;
  if (headers['sec-fetch-site'] === 'cross-site') throw refused();
  if (origin === undefined || origin === '') return;
  const forwarded = headers['x-forwarded-host'];
  const named = hostOf(origin);
  if (named === undefined || (named !== host && named !== forwarded)) throw refused();
}

function changes(method: string, route: Route): boolean {
  const { audit } = route.security;
  return method !== 'GET' || audit === 'write' || audit === 'critical';
}

/** `https://ui.example:8080` → `ui.example:8080`; undefined for "null" and what is no origin. */
function hostOf(origin: string): string | undefined {
  const start = origin.indexOf('://');
  return start < 0 ? undefined : origin.slice(start + 3);
}

function refused(): AppError {
  return new AppError('denied', 'a page of another origin may not change anything here');
}
