// SPDX-License-Identifier: MPL-2.0
// yamlencode and yamldecode. The library is loaded at the first use.

import { createRequire } from 'node:module';
import type { Budget } from '../../eval/budget.ts';
import type { Value } from '../../value/value.ts';
import { ArgumentError } from '../spec.ts';
import { fromPlain } from './json.ts';

/** Aliases may multiply a document; this many nodes through aliases are let through. */
const maxAliases = 100;

function library(): typeof import('yaml') {
  return createRequire(import.meta.url)('yaml') as typeof import('yaml');
}

/** Strings and keys in double quotes, so that nothing is mistaken for another type. */
export function encodeYaml(value: Value, budget: Budget): string {
  const document = new (library().Document)(value as unknown, {
    aliasDuplicateObjects: false,
    sortMapEntries: true,
  });
  const text = document.toString({
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
    lineWidth: 0,
    indentSeq: false,
  });
  budget.chargeText(text.length);
  return text;
}

export function decodeYaml(text: string, budget: Budget): Value {
  // The parser takes about a microsecond per character.
  budget.charge(text.length * 4);
  let data: unknown;
  try {
    data = library().parse(text, { maxAliasCount: maxAliases, logLevel: 'error', prettyErrors: false });
  } catch (error) {
    throw new ArgumentError(0, `invalid YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  return fromPlain(data, budget);
}
