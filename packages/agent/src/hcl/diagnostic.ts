// SPDX-License-Identifier: MPL-2.0
// What is wrong with a file, and where. Many per file; one text for the user.

import { AppError } from '#base';
import type { Range } from './source.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  readonly severity: Severity;
  /** A few words, e.g. "Unsupported argument". */
  readonly summary: string;
  /** A sentence or two: what exactly, and what to do. */
  readonly detail: string;
  /** Absent only when there is no text to point at, e.g. a value from the environment. */
  readonly subject?: Range;
  /** A limit was reached. With higher limits, e.g. in a worker thread, the result may be another one. */
  readonly limit?: true;
}

/** Messages per file that are kept; what comes after them is counted only. */
const maxKept = 50;

/** Widest source line that is printed; longer ones are cut around the caret. Characters. */
const maxLineShown = 120;

/** Collects what is found while parsing, decoding and evaluating. */
export class Diagnostics {
  readonly #list: Diagnostic[] = [];
  #errors = 0;
  #dropped = 0;

  add(diagnostic: Diagnostic): void {
    // A limit that was reached once is reached by everything that follows.
    if (diagnostic.limit && this.#list.some((each) => each.limit && each.summary === diagnostic.summary))
      return;
    if (diagnostic.severity === 'error') this.#errors++;
    if (this.#list.length < maxKept) this.#list.push(diagnostic);
    else this.#dropped++;
  }

  addAll(diagnostics: Iterable<Diagnostic>): void {
    for (const diagnostic of diagnostics) this.add(diagnostic);
  }

  error(summary: string, detail: string, subject?: Range): void {
    this.add(diagnosticOf('error', { summary, detail }, subject));
  }

  warning(summary: string, detail: string, subject?: Range): void {
    this.add(diagnosticOf('warning', { summary, detail }, subject));
  }

  get list(): readonly Diagnostic[] {
    return this.#list;
  }

  get errors(): readonly Diagnostic[] {
    return this.#list.filter((each) => each.severity === 'error');
  }

  get warnings(): readonly Diagnostic[] {
    return this.#list.filter((each) => each.severity === 'warning');
  }

  /** Whether one of the errors is a limit. */
  get limitReached(): boolean {
    return this.#list.some((each) => each.limit);
  }

  hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** Diagnostics beyond the kept ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Throws one AppError that shows every error, when there is one. */
  throwIfErrors(): void {
    if (this.hasErrors()) throw this.toError();
  }

  toError(): AppError {
    const more = this.#dropped > 0 ? `\n\n(and ${this.#dropped} more)` : '';
    return new AppError('invalid', formatDiagnostics(this.errors) + more);
  }
}

export function diagnosticOf(
  severity: Severity,
  text: { summary: string; detail: string },
  subject?: Range,
): Diagnostic {
  return subject === undefined ? { severity, ...text } : { severity, ...text, subject };
}

/** Thrown inside an expression; whoever evaluates the attribute turns it into a diagnostic. */
export class HclError extends Error {
  override readonly name = 'HclError';
  readonly diagnostic: Diagnostic;
  constructor(summary: string, detail: string, subject?: Range) {
    super(`${summary}; ${detail}`);
    this.diagnostic = diagnosticOf('error', { summary, detail }, subject);
  }
}

/** A limit was reached: everything ends, also where other errors are caught (recovery, try, can, conditionals). */
export class LimitError extends HclError {
  override readonly diagnostic: Diagnostic;
  constructor(summary: string, detail: string, subject?: Range) {
    super(summary, detail, subject);
    this.diagnostic = { ...diagnosticOf('error', { summary, detail }, subject), limit: true };
  }
}

/** Several diagnostics, an empty line between them. */
export function formatDiagnostics(diagnostics: Iterable<Diagnostic>): string {
  return Array.from(diagnostics, formatDiagnostic).join('\n\n');
}

/** One line `file:line,col-col: Summary; Detail`, then the source line with a caret under the place. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const head = formatHeadline(diagnostic);
  const snippet = diagnostic.subject ? formatSnippet(diagnostic.subject) : '';
  return snippet === '' ? head : `${head}\n\n${snippet}`;
}

/** Only the first line of `formatDiagnostic`. */
export function formatHeadline(diagnostic: Diagnostic): string {
  const at = diagnostic.subject ? `${diagnostic.subject}: ` : '';
  return `${at}${diagnostic.summary}; ${diagnostic.detail}`;
}

function formatSnippet(range: Range): string {
  const from = range.startPosition;
  const until = range.endPosition;
  const line = range.source.line(from.line);
  const start = from.column - 1;
  // A long line is shown as a window around the start of the range.
  const cut = start > maxLineShown - 20 ? start - 40 : 0;
  const { shown, more } = windowOf(line, cut);
  const end = until.line === from.line ? until.column - 1 : cut + shown.length;
  const text = `${cut > 0 ? '…' : ''}${shown.join('')}${more ? '…' : ''}`;
  const indent = start - cut + (cut > 0 ? 1 : 0);
  const width = Math.max(1, Math.min(end - start, maxLineShown - (start - cut)));
  const number = String(from.line);
  return `  ${number} | ${text}\n  ${' '.repeat(number.length)} | ${' '.repeat(indent)}${'^'.repeat(width)}`;
}

/** The characters of a line that are shown. */
function windowOf(line: string, cut: number): { shown: string[]; more: boolean } {
  const shown: string[] = [];
  let index = 0;
  for (const character of line) {
    if (index >= cut + maxLineShown) return { shown, more: true };
    if (index >= cut) shown.push(printable(character));
    index++;
  }
  return { shown, more: false };
}

/** Control characters would move the cursor or colour the terminal. A tab is shown as one space, so carets stay right. */
function printable(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\t') return ' ';
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? '\u{fffd}' : character;
}
