// SPDX-License-Identifier: MPL-2.0
// The secret that a request carries.

import type { IncomingHttpHeaders } from 'node:http';

/** X-Nomad-Token wins over `Authorization: Bearer`, of which only the first word counts. '' for none. */
export function readToken(headers: IncomingHttpHeaders): string {
  const own = headers['x-nomad-token'];
  if (typeof own === 'string' && own.trim() !== '') return own.trim();
  const match = /^bearer +(\S+)/i.exec(headers.authorization ?? '');
  return match?.[1] ?? '';
}
