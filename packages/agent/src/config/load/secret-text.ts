// SPDX-License-Identifier: MPL-2.0
// Hides secrets in the text of a file before anything is shown of it: a syntax error may stand on the same line.

import type { Source } from '#hcl';
import { agentShape } from '../schema/agent.ts';
import type { Shape } from '../schema/field.ts';

let pattern: RegExp | undefined;

export function hideSecrets(source: Source): void {
  pattern ??= new RegExp(
    `\\b(?:${[...secretKeys(agentShape)].join('|')})"?[ \\t]*[=:][ \\t]*("?[^\\n]*)`,
    'g',
  );
  for (const match of source.text.matchAll(pattern)) {
    const value = match[1] ?? '';
    const start = match.index + match[0].length - value.length;
    // The closing quote, or else the rest of the line.
    const close = value.startsWith('"') ? value.indexOf('"', 1) : -1;
    source.hide({ start, end: start + (close < 0 ? value.length : close + 1) });
  }
}

/** Only secrets have no default at all. */
function secretKeys(shape: Shape): Set<string> {
  const keys = new Set<string>();
  for (const [key, field] of Object.entries(shape)) {
    if (field.kind === 'value' && field.default === null) keys.add(key);
    if (field.kind === 'block' || field.kind === 'named')
      for (const inner of secretKeys(field.shape)) keys.add(inner);
  }
  return keys;
}
