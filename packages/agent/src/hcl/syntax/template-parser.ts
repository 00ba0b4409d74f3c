// SPDX-License-Identifier: MPL-2.0
// Templates: quoted strings and heredocs. Reads them into flat pieces first (text, interpolations, directives), applies
// indentation and strip markers there, then nests the directives (template-tree.ts).

import { HclError } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { Expression } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { readEscape, unterminated } from './string-literal.ts';
import { buildTemplate, type Piece, type TextPiece } from './template-tree.ts';

/** At `"` or `<<`; leaves the cursor behind the template. */
export function parseTemplate(cursor: Cursor): Expression {
  return cursor.at('"') ? parseQuoted(cursor) : parseHeredoc(cursor);
}

/** A stretch of text that is a template as a whole: JSON strings. */
export function parseBareTemplate(cursor: Cursor, start: number, end: number): Expression {
  const reader = new PieceReader(cursor, { escapes: false, until: end });
  reader.read(start, () => false);
  return buildTemplate(reader.pieces, cursor.source.range(start, end));
}

function parseQuoted(cursor: Cursor): Expression {
  const start = cursor.start;
  const text = cursor.source.text;
  const plain = plainQuoted(cursor, start);
  if (plain) return plain;
  const reader = new PieceReader(cursor, { escapes: true, until: text.length });
  const end = reader.read(start + 1, (at) => {
    const character = text[at];
    if (character === '\n' || character === undefined) unterminated(cursor.source, start);
    return character === '"';
  });
  cursor.moveTo(end + 1);
  return buildTemplate(reader.pieces, cursor.source.range(start, end + 1));
}

const plainText = /[^"\\$%\n]*"/y;

/** The common case: no escapes, no templates. */
function plainQuoted(cursor: Cursor, start: number): Expression | undefined {
  plainText.lastIndex = start + 1;
  if (!plainText.test(cursor.source.text)) return undefined;
  const end = plainText.lastIndex;
  cursor.moveTo(end);
  const text = cursor.source.text.slice(start + 1, end - 1);
  const range = cursor.source.range(start, end);
  const inner = cursor.source.range(start + 1, end - 1);
  return { kind: 'template', parts: text === '' ? [] : [{ kind: 'text', text, range: inner }], range };
}

const heredocHead = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*\r?\n/uy;

function parseHeredoc(cursor: Cursor): Expression {
  const text = cursor.source.text;
  const start = cursor.start;
  heredocHead.lastIndex = start;
  const head = heredocHead.exec(text);
  if (!head) {
    cursor.fail(
      'Invalid heredoc',
      'A heredoc starts with << or <<- and a name, followed by a newline, e.g. <<EOT.',
      cursor.source.range(start, start + 2),
    );
  }
  const marker = head[2] ?? '';
  const bodyStart = heredocHead.lastIndex;
  const { bodyEnd, end } = findMarker(cursor, { marker, bodyStart, start });
  const reader = new PieceReader(cursor, { escapes: false, until: bodyEnd });
  reader.read(bodyStart, () => false);
  cursor.moveTo(end);
  return buildTemplate(reader.pieces, cursor.source.range(start, end), { dedent: head[1] === '-' });
}

/** The first line that holds nothing but the marker. */
function findMarker(
  cursor: Cursor,
  heredoc: { marker: string; bodyStart: number; start: number },
): { bodyEnd: number; end: number } {
  const text = cursor.source.text;
  for (let line = heredoc.bodyStart; line < text.length; ) {
    const newline = text.indexOf('\n', line);
    const end = newline < 0 ? text.length : newline;
    const content = text.slice(line, end);
    if (content.trim() === heredoc.marker) {
      return { bodyEnd: line, end: line + content.trimEnd().length };
    }
    line = end + 1;
  }
  cursor.fail(
    'Unterminated template string',
    `No line holds the closing marker ${heredoc.marker} alone, so the heredoc that starts here never ends.`,
    cursor.source.range(heredoc.start, heredoc.bodyStart),
  );
}

/** Reads text, `${…}` and `%{…}` up to a place that the caller recognises. */
class PieceReader {
  readonly pieces: Piece[] = [];
  readonly #cursor: Cursor;
  readonly #escapes: boolean;
  readonly #until: number;
  #text = '';
  #textStart = 0;

  constructor(cursor: Cursor, options: { escapes: boolean; until: number }) {
    this.#cursor = cursor;
    this.#escapes = options.escapes;
    this.#until = options.until;
  }

  /** Returns the offset at which `ends` said yes, or `until`. */
  read(start: number, ends: (at: number) => boolean): number {
    const text = this.#cursor.source.text;
    const special = this.#escapes ? /["\\$%\n]/g : /[$%\n]/g;
    let at = start;
    this.#textStart = start;
    while (at < this.#until) {
      special.lastIndex = at;
      const found = special.exec(text);
      const next = Math.min(found ? found.index : this.#until, this.#until);
      this.#text += text.slice(at, next);
      at = next;
      if (at >= this.#until || ends(at)) break;
      at = this.#readSpecial(at);
    }
    if (at >= this.#until) ends(at);
    this.#flush(at);
    return at;
  }

  #readSpecial(at: number): number {
    const text = this.#cursor.source.text;
    const character = text[at] ?? '';
    if (character === '\\') {
      const escaped = readEscape(this.#cursor.source, at);
      this.#text += escaped.text;
      return escaped.end;
    }
    if (character === '\n') {
      // Every line of a heredoc is a piece of its own: indentation and strip markers work by line.
      this.#text += '\n';
      this.#flush(at + 1);
      return at + 1;
    }
    if ((character === '$' || character === '%') && this.#cursor.dialect === 'hcl2') {
      if (text[at + 1] === character && text[at + 2] === '{') {
        this.#text += `${character}{`;
        return at + 3;
      }
      if (text[at + 1] === '{') {
        this.#flush(at);
        const end = this.#readSequence(at, character);
        this.#textStart = end;
        return end;
      }
    }
    this.#text += character;
    return at + 1;
  }

  #flush(end: number): void {
    if (this.#text !== '') {
      const range = this.#cursor.source.range(this.#textStart, end);
      const piece: TextPiece = { kind: 'text', text: this.#text, range };
      this.pieces.push(piece);
    }
    this.#text = '';
    this.#textStart = end;
  }

  #readSequence(at: number, opener: string): number {
    const cursor = this.#cursor;
    cursor.countNode();
    return cursor.nested(() =>
      cursor.withNewlines(false, () => {
        const stripLeft = cursor.source.text[at + 2] === '~';
        cursor.moveTo(at + (stripLeft ? 3 : 2));
        const strip = { stripLeft, stripRight: false };
        const piece = opener === '$' ? this.#interpolation() : readDirective(cursor);
        const open = cursor.source.range(at, at + 2);
        if (!cursor.at('}') && !cursor.at('~}')) unclosed(cursor, open);
        strip.stripRight = cursor.at('~}');
        const end = cursor.end;
        if (end > this.#until) unclosed(cursor, open);
        this.pieces.push({ ...piece, ...strip, range: cursor.source.range(at, end) } as Piece);
        return end;
      }),
    );
  }

  #interpolation(): { kind: 'interpolation'; expression: Expression } {
    const cursor = this.#cursor;
    if (cursor.at('}') || cursor.at('~}')) {
      cursor.fail(
        'Invalid expression',
        'A template interpolation needs an expression in its braces. Double the dollar sign for the characters themselves.',
      );
    }
    return { kind: 'interpolation', expression: cursor.grammar.expression(cursor) };
  }
}

function unclosed(cursor: Cursor, open: Range): never {
  if (cursor.at('end') || cursor.end > open.source.text.length) {
    cursor.fail(
      'Unclosed template interpolation sequence',
      'There is no closing brace for this interpolation sequence.',
      open,
    );
  }
  cursor.fail(
    'Extra characters after interpolation expression',
    `Template interpolation doesn't expect ${JSON.stringify(cursor.text)} here; it ends with a closing brace ("}").`,
  );
}

type Directive =
  | { kind: 'if'; condition: Expression }
  | { kind: 'else' | 'endif' | 'endfor' }
  | { kind: 'for'; keyName: string | undefined; valueName: string; collection: Expression };

function readDirective(cursor: Cursor): Directive {
  const keyword = cursor.at('name') ? cursor.text : '';
  const range = cursor.range;
  if (keyword === 'if') {
    cursor.advance();
    return { kind: 'if', condition: cursor.grammar.expression(cursor) };
  }
  if (keyword === 'for') {
    cursor.advance();
    return readFor(cursor);
  }
  if (keyword === 'else' || keyword === 'endif' || keyword === 'endfor') {
    cursor.advance();
    return { kind: keyword };
  }
  throw new HclError(
    'Invalid template directive',
    `${JSON.stringify(cursor.text)} is not a template directive: use if, else, endif, for or endfor. Write %%{ for the characters themselves.`,
    range,
  );
}

function readFor(cursor: Cursor): Directive {
  const name = (): string => {
    if (!cursor.at('name')) {
      cursor.fail(
        "Invalid 'for' directive",
        'The "for" directive needs a name for each element: %{ for name in collection }.',
      );
    }
    const text = cursor.text;
    cursor.advance();
    return text;
  };
  const first = name();
  const second = cursor.take(',') ? name() : undefined;
  if (!cursor.isWord('in')) {
    cursor.fail("Invalid 'for' directive", 'The "for" directive requires the "in" keyword after its names.');
  }
  cursor.advance();
  return {
    kind: 'for',
    keyName: second === undefined ? undefined : first,
    valueName: second ?? first,
    collection: cursor.grammar.expression(cursor),
  };
}
