// SPDX-License-Identifier: MPL-2.0
// Where the parser stands: the current token, whether line ends count, how deep it is, what it has found wrong.

import { type Diagnostics, HclError, LimitError } from '../diagnostic.ts';
import type { HclLimits } from '../limits.ts';
import type { Range, Source } from '../source.ts';
import type { Expression } from './ast.ts';
import { Scanner, type TokenKind } from './scanner.ts';

/** What the parts of the parser need of each other. */
export interface Grammar {
  expression(cursor: Cursor): Expression;
  /** A template that begins at the current `"` or `<<` token. */
  template(cursor: Cursor): Expression;
}

/** `hcl1` reads what the first HCL allowed in agent configuration: quoted names, commas, repeated keys, no templates. */
export type Dialect = 'hcl2' | 'hcl1';

export interface CursorOptions {
  readonly source: Source;
  readonly limits: HclLimits;
  readonly diagnostics: Diagnostics;
  readonly grammar: Grammar;
  readonly dialect: Dialect;
}

export class Cursor {
  readonly source: Source;
  readonly diagnostics: Diagnostics;
  readonly grammar: Grammar;
  readonly dialect: Dialect;
  readonly #scanner: Scanner;
  readonly #limits: HclLimits;
  #skipNewlines = false;
  #depth = 0;
  #nodes = 0;
  /** End of the token before the current one. */
  previousEnd = 0;

  constructor(options: CursorOptions) {
    this.source = options.source;
    this.diagnostics = options.diagnostics;
    this.grammar = options.grammar;
    this.dialect = options.dialect;
    this.#limits = options.limits;
    this.#scanner = new Scanner(options.source.text);
    this.moveTo(0);
  }

  get kind(): TokenKind {
    return this.#scanner.kind;
  }

  /** Whether the current token is of this kind. */
  at(kind: TokenKind): boolean {
    return this.#scanner.kind === kind;
  }

  get start(): number {
    return this.#scanner.start;
  }

  get end(): number {
    return this.#scanner.end;
  }

  get text(): string {
    return this.source.text.slice(this.#scanner.start, this.#scanner.end);
  }

  get range(): Range {
    return this.source.range(this.#scanner.start, this.#scanner.end);
  }

  advance(): void {
    this.previousEnd = this.#scanner.end;
    this.#scanner.scan(this.#scanner.end, this.#skipNewlines);
  }

  /** Goes on at a place in the text, e.g. behind a template that was read by character. */
  moveTo(offset: number): void {
    this.previousEnd = offset;
    this.#scanner.scan(offset, this.#skipNewlines);
  }

  /** The token after the current one, without moving. */
  peekKind(): TokenKind {
    const { kind, start, end } = this.#scanner;
    this.#scanner.scan(end, this.#skipNewlines);
    const next = this.#scanner.kind;
    this.#scanner.kind = kind;
    this.#scanner.start = start;
    this.#scanner.end = end;
    return next;
  }

  /** Takes the current token as plain digits ("0" of `a.0.1`). */
  splitDigits(): void {
    this.#scanner.rescanDigits();
  }

  take(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.advance();
    return true;
  }

  isWord(word: string): boolean {
    return this.kind === 'name' && this.end - this.start === word.length && this.text === word;
  }

  /** Runs with line ends counted or skipped. The rule holds from the next token on: call it at a bracket. */
  withNewlines<T>(count: boolean, run: () => T): T {
    const before = this.#skipNewlines;
    this.#skipNewlines = !count;
    const result = run();
    this.#skipNewlines = before;
    return result;
  }

  /** The state for `restore`; used when an item is given up. */
  get skipsNewlines(): boolean {
    return this.#skipNewlines;
  }

  restore(state: { skipsNewlines: boolean; depth: number }): void {
    this.#skipNewlines = state.skipsNewlines;
    this.#depth = state.depth;
  }

  get depth(): number {
    return this.#depth;
  }

  /** Every nested construct goes through here, so that hostile nesting ends in a message and not in a full stack. */
  nested<T>(run: () => T): T {
    if (++this.#depth > this.#limits.depth) {
      throw new LimitError(
        'Nested too deeply',
        `Blocks and brackets may be nested ${this.#limits.depth} levels deep at most.`,
        this.range,
      );
    }
    const result = run();
    this.#depth--;
    return result;
  }

  countNode(): void {
    if (++this.#nodes > this.#limits.nodes) {
      throw new LimitError(
        'File too complex',
        `A file may hold ${this.#limits.nodes} expressions, arguments and blocks at most.`,
        this.range,
      );
    }
  }

  /** From an offset to the end of the last token that was taken. */
  rangeFrom(start: number): Range {
    return this.source.range(start, Math.max(start, this.previousEnd));
  }

  fail(summary: string, detail: string, range: Range = this.range): never {
    throw new HclError(summary, detail, range);
  }
}

/** A token as messages name it. */
export function describeToken(cursor: Cursor): string {
  switch (cursor.kind) {
    case 'end':
      return 'the end of the file';
    case 'newline':
      return 'a newline';
    default:
      return JSON.stringify(cursor.text);
  }
}
