// SPDX-License-Identifier: MPL-2.0
// Text as the formatter sees it: words, brackets, operators, templates, comments and line ends.
// The text has already been parsed, so everything that opens also closes.

/**
 * A template is `open`, then stretches of `text` and sequences, then `close`. A sequence (`${…}` or `%{…}`) begins with
 * `sequence`, holds tokens like any expression, and ends with `sequence-end`.
 */
export type TokenKind =
  | 'word'
  | 'number'
  | 'open'
  | 'text'
  | 'close'
  | 'sequence'
  | 'sequence-end'
  | 'comment'
  | 'newline'
  | 'operator';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const word = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const operator = /\.\.\.|&&|\|\||==|!=|<=|>=|=>|[^\s]/uy;
const blank = /[ \t]+/y;
const newline = /\r?\n/y;
const heredocStart = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t]*\r?\n/uy;
const lineComment = /(?:#|\/\/)[^\r\n]*(?:\r(?!\n)[^\r\n]*)*/y;
const sequenceStart = /[$%]\{~?/y;

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

export function tokenize(source: string): Token[] {
  const lexer = new Lexer(source);
  lexer.expression(false);
  return lexer.tokens;
}

class Lexer {
  readonly tokens: Token[] = [];
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Up to the end, or within a template up to the brace that closes the sequence. */
  expression(inSequence: boolean): void {
    let depth = 0;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at];
      if (inSequence && depth === 0 && (char === '}' || this.#source.startsWith('~}', this.#at))) {
        this.#add('sequence-end', char === '}' ? '}' : '~}');
        return;
      }
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      this.#one();
    }
  }

  #add(kind: TokenKind, text: string): void {
    this.tokens.push({ kind, text });
    this.#at += text.length;
  }

  #one(): void {
    const skipped = match(blank, this.#source, this.#at);
    if (skipped !== undefined) {
      this.#at += skipped.length;
      return;
    }
    if (this.#source[this.#at] === '"') {
      this.#quoted();
      return;
    }
    if (this.#source.startsWith('/*', this.#at)) {
      const end = this.#source.indexOf('*/', this.#at + 2);
      this.#add('comment', this.#source.slice(this.#at, end < 0 ? undefined : end + 2));
      return;
    }
    for (const [kind, pattern] of patterns) {
      const text = match(pattern, this.#source, this.#at);
      if (text === undefined) continue;
      if (kind === 'open') this.#heredoc(text);
      else this.#add(kind, text);
      return;
    }
    this.#add('operator', this.#source.charAt(this.#at));
  }

  #quoted(): void {
    this.#add('open', '"');
    this.#template((at) => (this.#source[at] === '"' ? at : undefined), true);
    this.#add('close', '"');
  }

  #heredoc(opening: string): void {
    heredocStart.lastIndex = this.#at;
    const marker = heredocStart.exec(this.#source)?.[1] ?? '';
    this.#add('open', opening);
    const end = this.#markerLine(marker);
    this.#template((at) => (at >= end ? end : undefined), false);
    const lineEnd = this.#source.indexOf('\n', end);
    const line = this.#source.slice(end, lineEnd < 0 ? undefined : lineEnd);
    this.#add('close', line.trimEnd());
  }

  /** Where the line begins that holds nothing but the marker. */
  #markerLine(marker: string): number {
    let at = this.#at;
    while (at < this.#source.length) {
      const lineEnd = this.#source.indexOf('\n', at);
      const end = lineEnd < 0 ? this.#source.length : lineEnd;
      if (this.#source.slice(at, end).trim() === marker) return at;
      at = end + 1;
    }
    return this.#source.length;
  }

  /** Text and sequences up to where `ends` says. */
  #template(ends: (at: number) => number | undefined, escapes: boolean): void {
    let at = this.#at;
    const flush = (): void => {
      if (at > this.#at) this.#add('text', this.#source.slice(this.#at, at));
    };
    while (at < this.#source.length && ends(at) === undefined) {
      const two = this.#source.slice(at, at + 2);
      if ((two === '$$' || two === '%%') && this.#source[at + 2] === '{') at += 3;
      else if (escapes && two.startsWith('\\')) at += 2;
      else if (two === '${' || two === '%{') {
        flush();
        this.#add('sequence', match(sequenceStart, this.#source, at) ?? two);
        this.expression(true);
        at = this.#at;
      } else at += 1;
    }
    flush();
  }
}

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ['newline', newline],
  ['comment', lineComment],
  ['open', heredocStart],
  ['word', word],
  ['number', number],
  ['operator', operator],
];
