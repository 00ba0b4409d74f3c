// SPDX-License-Identifier: MPL-2.0
// Cuts text into tokens, one at a time and on demand: whether a character starts a string or ends a template depends on
// where the parser is, so the parser drives.

/** Punctuation is its own kind. `"` and `<<` only mark where a template begins; the template parser reads on from there. */
export type TokenKind =
  | 'name'
  | 'number'
  | 'newline'
  | 'end'
  | 'bad'
  | 'open-comment'
  | '"'
  | '<<'
  | '{'
  | '}'
  | '['
  | ']'
  | '('
  | ')'
  | ','
  | '.'
  | '...'
  | ':'
  | '?'
  | '='
  | '=='
  | '=>'
  | '!'
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '&&'
  | '||'
  | '~}';

const nameStart = /[\p{ID_Start}_]/u;
const nameContinue = /[\p{ID_Continue}-]/u;

const single: Readonly<Record<string, TokenKind>> = {
  '"': '"',
  '{': '{',
  '}': '}',
  '[': '[',
  ']': ']',
  '(': '(',
  ')': ')',
  ',': ',',
  ':': ':',
  '?': '?',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
};

/** A token is in `kind`, `start` and `end` after `scan`; nothing is allocated for it. */
export class Scanner {
  readonly text: string;
  kind: TokenKind = 'end';
  start = 0;
  end = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Reads the token at or after `from`. With `skipNewlines`, line ends count as blanks. */
  scan(from: number, skipNewlines: boolean): void {
    const at = this.#skipBlanks(from, skipNewlines);
    this.start = at;
    if (this.kind === 'open-comment') {
      this.end = this.text.length;
      return;
    }
    const code = this.text.charCodeAt(at);
    if (Number.isNaN(code)) {
      this.kind = 'end';
      this.end = at;
    } else if (isAsciiNameStart(code)) {
      this.kind = 'name';
      this.end = this.#nameEnd(at + 1);
    } else if (isDigit(code)) {
      this.kind = 'number';
      this.end = this.#numberEnd(at);
    } else if (code === 10 || (code === 13 && this.text.charCodeAt(at + 1) === 10)) {
      this.kind = 'newline';
      this.end = code === 13 ? at + 2 : at + 1;
    } else {
      this.#scanPunctuation(at, code);
    }
  }

  /** For the steps of `a.0.1`: digits only, so that "0.1" isn't one number. */
  rescanDigits(): void {
    let at = this.start;
    while (isDigit(this.text.charCodeAt(at))) at++;
    this.kind = 'number';
    this.end = at;
  }

  #skipBlanks(from: number, skipNewlines: boolean): number {
    const text = this.text;
    let at = from;
    this.kind = 'bad';
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === 9) at++;
      else if (code === 10 && skipNewlines) at++;
      else if (code === 13 && text.charCodeAt(at + 1) === 10 && skipNewlines) at += 2;
      else if (code === 35 || (code === 47 && text.charCodeAt(at + 1) === 47)) at = this.#lineEnd(at);
      else if (code === 47 && text.charCodeAt(at + 1) === 42) {
        const close = text.indexOf('*/', at + 2);
        if (close < 0) {
          this.kind = 'open-comment';
          return at;
        }
        at = close + 2;
      } else return at;
    }
  }

  #lineEnd(from: number): number {
    const newline = this.text.indexOf('\n', from);
    if (newline < 0) return this.text.length;
    return this.text.charCodeAt(newline - 1) === 13 && newline > from ? newline - 1 : newline;
  }

  #nameEnd(from: number): number {
    const text = this.text;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isAsciiNameStart(code) || isDigit(code) || code === 45) at++;
      else if (code >= 0x80) {
        const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
        if (!nameContinue.test(character)) return at;
        at += character.length;
      } else return at;
    }
  }

  #numberEnd(from: number): number {
    const text = this.text;
    let at = from;
    while (isDigit(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) === 46 && isDigit(text.charCodeAt(at + 1))) {
      at++;
      while (isDigit(text.charCodeAt(at))) at++;
    }
    const exponent = text.charCodeAt(at) | 0x20;
    if (exponent !== 101) return at;
    let digits = at + 1;
    const sign = text.charCodeAt(digits);
    if (sign === 43 || sign === 45) digits++;
    if (!isDigit(text.charCodeAt(digits))) return at;
    while (isDigit(text.charCodeAt(digits))) digits++;
    return digits;
  }

  #scanPunctuation(at: number, code: number): void {
    const text = this.text;
    const next = text.charAt(at + 1);
    const character = text.charAt(at);
    let kind: TokenKind | undefined = single[character];
    let length = 1;
    const two = (second: string, pair: TokenKind): boolean => {
      if (next !== second) return false;
      kind = pair;
      length = 2;
      return true;
    };
    switch (character) {
      case '=':
        if (!two('=', '==') && !two('>', '=>')) kind = '=';
        break;
      case '!':
        if (!two('=', '!=')) kind = '!';
        break;
      case '<':
        if (!two('=', '<=') && !two('<', '<<')) kind = '<';
        break;
      case '>':
        if (!two('=', '>=')) kind = '>';
        break;
      case '&':
        two('&', '&&');
        break;
      case '|':
        two('|', '||');
        break;
      case '~':
        two('}', '~}');
        break;
      case '.':
        if (next === '.' && text.charAt(at + 2) === '.') {
          kind = '...';
          length = 3;
        } else kind = '.';
        break;
    }
    if (kind === undefined && code >= 0x80) {
      this.#scanWide(at);
      return;
    }
    this.kind = kind ?? 'bad';
    this.end = at + length;
  }

  #scanWide(at: number): void {
    const character = String.fromCodePoint(this.text.codePointAt(at) ?? 0);
    const isName = nameStart.test(character);
    this.kind = isName ? 'name' : 'bad';
    this.end = isName ? this.#nameEnd(at + character.length) : at + character.length;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isAsciiNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

/** Whether a text could stand as a bare name. */
export function isName(text: string): boolean {
  if (text === '') return false;
  const scanner = new Scanner(text);
  scanner.scan(0, false);
  return scanner.kind === 'name' && scanner.start === 0 && scanner.end === text.length;
}
