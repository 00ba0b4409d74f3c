// SPDX-License-Identifier: MPL-2.0
// A file in either syntax, told apart by its first character.

import { NativeBody } from './body/native-body.ts';
import type { RawBody } from './body/raw-body.ts';
import { type Diagnostics, HclError } from './diagnostic.ts';
import { JsonBody } from './json/json-body.ts';
import { parseJson } from './json/parser.ts';
import { defaultLimits, type HclLimits } from './limits.ts';
import { Source } from './source.ts';
import type { Dialect } from './syntax/cursor.ts';
import { parseNative } from './syntax/parser.ts';

export interface HclInput {
  /** As it stands in messages: the path the user gave. */
  readonly name: string;
  readonly text: string | Uint8Array;
}

export interface ParseOptions {
  readonly diagnostics: Diagnostics;
  readonly limits?: HclLimits;
  /** `auto` (the default) takes text that begins with `{` or `[` for JSON, whatever the file is called. */
  readonly syntax?: 'auto' | 'native' | 'json';
  /** `hcl1` for agent configuration. Default `hcl2`. */
  readonly dialect?: Dialect;
}

export interface HclFile {
  readonly source: Source;
  /** After errors: what could be read. */
  readonly body: RawBody;
}

/** Never throws for what is in the text: mistakes go to the diagnostics. */
export function parseHcl(input: HclInput, options: ParseOptions): HclFile {
  const limits = options.limits ?? defaultLimits;
  const { diagnostics } = options;
  const source = readSource(input, limits, diagnostics);
  const dialect = options.dialect ?? 'hcl2';
  const syntax = options.syntax ?? 'auto';
  if (syntax === 'json' || (syntax === 'auto' && looksLikeJson(source.text))) {
    return { source, body: parseJsonBody(source, { limits, diagnostics, dialect }) };
  }
  return { source, body: new NativeBody(parseNative(source, { diagnostics, limits, dialect })) };
}

/** JSON, whatever the name of the file says. */
export function looksLikeJson(text: string): boolean {
  const first = /\S/.exec(text)?.[0];
  return first === '{' || first === '[';
}

function parseJsonBody(
  source: Source,
  context: { limits: HclLimits; diagnostics: Diagnostics; dialect: Dialect },
): RawBody {
  try {
    return new JsonBody(parseJson(source, context.limits), context);
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    context.diagnostics.add(error.diagnostic);
    return new JsonBody({ kind: 'object', members: [], range: source.range(0, source.text.length) }, context);
  }
}

/** Text of an input, or an empty source and a diagnostic when it can't be used. */
export function readSource(input: HclInput, limits: HclLimits, diagnostics: Diagnostics): Source {
  const size = typeof input.text === 'string' ? Buffer.byteLength(input.text) : input.text.byteLength;
  const empty = new Source(input.name, '');
  if (size > limits.sourceBytes) {
    diagnostics.add({
      severity: 'error',
      summary: 'File too large',
      detail: `The file has ${size} bytes; ${limits.sourceBytes} are allowed.`,
      subject: empty.range(0, 0),
      limit: true,
    });
    return empty;
  }
  const text = typeof input.text === 'string' ? input.text : decodeText(input.text);
  if (text === undefined || !text.isWellFormed()) {
    diagnostics.error(
      'Invalid character encoding',
      'All input files must be UTF-8 encoded.',
      empty.range(0, 0),
    );
    return empty;
  }
  // A byte order mark is no part of the text.
  return text.startsWith('\u{feff}')
    ? new Source(input.name, text.slice(1), 3)
    : new Source(input.name, text);
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
