// SPDX-License-Identifier: MPL-2.0
// docs/reference/errors.md: the codes of AppError with their HTTP status.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, type ErrorCode } from '../../packages/agent/src/base/index.ts';
import { root, type Sections, table } from './page.ts';

/** Codes that need no comment in the code. */
const plainCodes: Readonly<Record<string, string>> = {
  'not-found': 'there is no such object',
  timeout: 'it took too long',
};

/** The union is gone at run time, so its text is read. */
function codesOf(source: string): { code: string; meaning: string }[] {
  const union = /export type ErrorCode =([\s\S]*?);\n/.exec(source)?.[1] ?? '';
  const members = union.matchAll(/(?:\/\*\* ([^*]*) \*\/\s*)?\| '([a-z-]+)'/g);
  return Array.from(members, (each) => ({ code: each[2] ?? '', meaning: each[1] ?? '' }));
}

export function errorSections(): Sections {
  const codes = codesOf(readFileSync(join(root, 'packages/agent/src/base/errors.ts'), 'utf8'));
  if (codes.length === 0) throw new Error('no error code was found in base/errors.ts');
  const rows = codes.map(({ code, meaning }) => [
    `\`${code}\``,
    String(new AppError(code as ErrorCode, '').status),
    meaning === '' ? (plainCodes[code] ?? '') : meaning,
  ]);
  return { codes: table(['code', 'HTTP status', 'meaning'], rows) };
}
