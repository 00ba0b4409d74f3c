// SPDX-License-Identifier: MPL-2.0
// From text to syntax tree: files in native syntax, single expressions, single templates.

import { type Diagnostics, HclError } from '../diagnostic.ts';
import { defaultLimits, type HclLimits } from '../limits.ts';
import type { Source } from '../source.ts';
import type { BodyNode, Expression } from './ast.ts';
import { parseFileBody } from './body-parser.ts';
import { Cursor, type Dialect, type Grammar } from './cursor.ts';
import { parseExpression } from './expression-parser.ts';
import { parseBareTemplate, parseTemplate } from './template-parser.ts';

export interface SyntaxOptions {
  readonly diagnostics: Diagnostics;
  readonly limits?: HclLimits;
  readonly dialect?: Dialect;
}

const grammar: Grammar = { expression: parseExpression, template: parseTemplate };

/** The body of a native file. Mistakes are reported; what could be read is returned. */
export function parseNative(source: Source, options: SyntaxOptions): BodyNode {
  const end = source.text.length;
  const empty: BodyNode = {
    attributes: [],
    blocks: [],
    range: source.range(0, end),
    endRange: source.range(end, end),
  };
  return attempt(options.diagnostics, () => parseFileBody(cursorFor(source, options))) ?? empty;
}

/** A text that is one expression, e.g. the value of -var. */
export function parseSingleExpression(source: Source, options: SyntaxOptions): Expression | undefined {
  return attempt(options.diagnostics, () => {
    const cursor = cursorFor(source, options);
    return cursor.withNewlines(false, () => {
      cursor.moveTo(0);
      const expression = parseExpression(cursor);
      if (!cursor.at('end')) {
        cursor.fail(
          'Extra characters after expression',
          'An expression was successfully parsed, but extra characters were found after it.',
        );
      }
      return expression;
    });
  });
}

/** A stretch of text as a template. Throws HclError. */
export function parseTemplateText(
  source: Source,
  options: SyntaxOptions & { start: number; end: number },
): Expression {
  return parseBareTemplate(cursorFor(source, options), options.start, options.end);
}

function cursorFor(source: Source, options: SyntaxOptions): Cursor {
  return new Cursor({
    source,
    grammar,
    diagnostics: options.diagnostics,
    limits: options.limits ?? defaultLimits,
    dialect: options.dialect ?? 'hcl2',
  });
}

function attempt<T>(diagnostics: Diagnostics, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    diagnostics.add(error.diagnostic);
    return undefined;
  }
}
