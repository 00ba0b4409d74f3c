// SPDX-License-Identifier: MPL-2.0
// From the flat pieces of a template to its tree: indentation, strip markers, nesting of directives.

import { HclError } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { Expression, Template, TemplatePart, TemplateWrap } from './ast.ts';

export interface TextPiece {
  readonly kind: 'text';
  text: string;
  readonly range: Range;
}

interface Sequence {
  readonly range: Range;
  readonly stripLeft: boolean;
  readonly stripRight: boolean;
}

export type Piece =
  | TextPiece
  | (Sequence & { readonly kind: 'interpolation'; readonly expression: Expression })
  | (Sequence & { readonly kind: 'if'; readonly condition: Expression })
  | (Sequence & { readonly kind: 'else' | 'endif' | 'endfor' })
  | (Sequence & {
      readonly kind: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expression;
    });

export function buildTemplate(
  pieces: readonly Piece[],
  range: Range,
  options: { dedent?: boolean } = {},
): Template | TemplateWrap {
  // Markers come first: what they took away counts neither as a line nor as its indentation.
  strip(pieces);
  if (options.dedent) dedent(pieces);
  const builder = new TreeBuilder(pieces);
  const parts = builder.parts([]);
  const only = parts[0];
  if (pieces.length === 1 && only?.kind === 'interpolation') {
    return { kind: 'template-wrap', wrapped: only.expression, range };
  }
  return { kind: 'template', parts, range };
}

/** `<<-`: takes away the blanks that all lines have in common. Blank lines don't count. */
function dedent(pieces: readonly Piece[]): void {
  const starts: TextPiece[] = [];
  let common = Number.POSITIVE_INFINITY;
  let lineStart = true;
  for (const piece of pieces) {
    if (lineStart) {
      const blanks = piece.kind === 'text' ? leadingBlanks(piece.text) : 0;
      if (piece.kind !== 'text' || !isBlankLine(piece.text)) common = Math.min(common, blanks);
      if (piece.kind === 'text' && !isBlankLine(piece.text)) starts.push(piece);
    }
    lineStart = piece.kind === 'text' && piece.text.endsWith('\n');
  }
  if (!Number.isFinite(common)) return;
  for (const piece of starts) piece.text = piece.text.slice(common);
}

function leadingBlanks(text: string): number {
  return text.length - text.replace(/^[^\S\n]+/, '').length;
}

function isBlankLine(text: string): boolean {
  return text.endsWith('\n') && text.trim() === '';
}

/** `~` takes the white space of the text beside it, in a heredoc up to the end of the line. */
function strip(pieces: readonly Piece[]): void {
  for (const [i, piece] of pieces.entries()) {
    if (piece.kind === 'text') continue;
    const before = pieces[i - 1];
    const after = pieces[i + 1];
    if (piece.stripLeft && before?.kind === 'text') before.text = before.text.trimEnd();
    if (piece.stripRight && after?.kind === 'text') after.text = after.text.trimStart();
  }
}

/** Directives within directives. Keeps the recursion here and in the evaluation small. */
const maxDirectiveDepth = 50;

class TreeBuilder {
  readonly #pieces: readonly Piece[];
  #at = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** Up to one of the closing keywords, which is left for the caller; without any, up to the end. */
  parts(closers: readonly string[]): TemplatePart[] {
    const parts: TemplatePart[] = [];
    for (let piece = this.#pieces[this.#at]; piece; piece = this.#pieces[this.#at]) {
      if (closers.includes(piece.kind)) return parts;
      this.#at++;
      if (++this.#depth > maxDirectiveDepth) {
        throw new HclError(
          'Nested too deeply',
          `Template directives may be nested ${maxDirectiveDepth} levels deep at most.`,
          piece.range,
        );
      }
      this.#add(piece, parts);
      this.#depth--;
    }
    return parts;
  }

  #add(piece: Piece, parts: TemplatePart[]): void {
    switch (piece.kind) {
      case 'text': {
        const last = parts.at(-1);
        if (piece.text === '') return;
        if (last?.kind === 'text') {
          parts[parts.length - 1] = {
            kind: 'text',
            text: last.text + piece.text,
            range: last.range.to(piece.range),
          };
        } else parts.push({ kind: 'text', text: piece.text, range: piece.range });
        return;
      }
      case 'interpolation':
        parts.push({ kind: 'interpolation', expression: piece.expression, range: piece.range });
        return;
      case 'if':
        parts.push(this.#if(piece));
        return;
      case 'for':
        parts.push(this.#for(piece));
        return;
      default:
        throw new HclError(
          `Unexpected ${piece.kind} directive`,
          `There is no open directive that "${piece.kind}" belongs to.`,
          piece.range,
        );
    }
  }

  #if(piece: Extract<Piece, { kind: 'if' }>): TemplatePart {
    const then = this.parts(['else', 'endif', 'endfor']);
    let otherwise: TemplatePart[] = [];
    if (this.#pieces[this.#at]?.kind === 'else') {
      this.#at++;
      otherwise = this.parts(['endif', 'else', 'endfor']);
    }
    const range = this.#close('endif', piece.range);
    return { kind: 'if', condition: piece.condition, then, otherwise, range };
  }

  #for(piece: Extract<Piece, { kind: 'for' }>): TemplatePart {
    const body = this.parts(['endfor', 'endif', 'else']);
    const range = this.#close('endfor', piece.range);
    const { keyName, valueName, collection } = piece;
    return { kind: 'for', keyName, valueName, collection, body, range };
  }

  #close(keyword: 'endif' | 'endfor', open: Range): Range {
    const piece = this.#pieces[this.#at];
    if (piece?.kind === keyword) {
      this.#at++;
      return open.to(piece.range);
    }
    throw new HclError(
      'Unterminated template directive',
      `This directive must be closed with %{ ${keyword} }${piece ? `, but "${piece.kind}" comes first` : ''}.`,
      open,
    );
  }
}
