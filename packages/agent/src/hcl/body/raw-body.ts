// SPDX-License-Identifier: MPL-2.0
// A body before names have values: the same for both syntaxes, so that readers don't know which one a file is in.

import type { Diagnostics } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { Expression, Label } from '../syntax/ast.ts';
import type { BodySchema } from './schema.ts';

export interface RawAttribute {
  readonly name: string;
  readonly nameRange: Range;
  readonly range: Range;
  readonly expression: Expression;
}

export interface RawBlock {
  readonly type: string;
  readonly typeRange: Range;
  readonly labels: readonly Label[];
  /** Type and labels, for messages about the block as a whole. */
  readonly headRange: Range;
  readonly body: RawBody;
}

export interface RawContent {
  readonly attributes: readonly RawAttribute[];
  readonly blocks: readonly RawBlock[];
}

export interface RawBody {
  readonly syntax: 'native' | 'json';
  readonly range: Range;
  /** Where a missing item is reported. */
  readonly endRange: Range;
  /** What the schema names. Reports what it doesn't name, unless `partial`. */
  content(schema: BodySchema, diagnostics: Diagnostics, options?: { partial?: boolean }): RawContent;
  /** All attributes; a block is an error. */
  justAttributes(diagnostics: Diagnostics): readonly RawAttribute[];
  /** Everything without a schema. In JSON, everything is an attribute. */
  everything(): RawContent;
}
