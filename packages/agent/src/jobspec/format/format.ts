// SPDX-License-Identifier: MPL-2.0
// The one layout of a file: two blanks per level, `=` of neighbouring lines in one column, comments after code as well.
// Blank lines and comments stay where they are; nothing is joined or broken into lines.

import { Diagnostics, parseHcl } from '#hcl';
import { joinTokens } from './spacing.ts';
import { type Token, tokenize } from './tokens.ts';

interface Line {
  readonly indent: number;
  /** what stands before `=`, or the whole line */
  readonly lead: string;
  /** from `=` on; undefined when the line is no plain assignment */
  readonly assign: string | undefined;
  /** comment behind code */
  readonly comment: string | undefined;
}

/** Throws an AppError with file, line and column when the text does not parse. */
export function jobFormat(source: string, filename = 'input'): string {
  const diagnostics = new Diagnostics();
  parseHcl({ name: filename, text: source }, { diagnostics, syntax: 'native' });
  diagnostics.throwIfErrors();
  const text = source.startsWith('\u{feff}') ? source.slice(1) : source;
  return formatTokens(tokenize(text));
}

function formatTokens(tokens: readonly Token[]): string {
  const lines = toLines(splitLines(tokens));
  const out = alignComments(lines, assignColumns(lines));
  while (out.length > 0 && out.at(-1) === '') out.pop();
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}

function splitLines(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'newline') lines.push([]);
    else lines.at(-1)?.push(token);
  }
  return lines;
}

function bracketChange(token: Token): number {
  if (token.kind !== 'operator') return 0;
  if ('([{'.includes(token.text)) return 1;
  return ')]}'.includes(token.text) ? -1 : 0;
}

/**
 * Indents lines. What counts is how many more brackets a line opens than it closes: those that open on one line are one
 * level together.
 */
function toLines(lines: readonly (readonly Token[])[]): Line[] {
  /** brackets that each open level waits for */
  const levels: number[] = [];
  return lines.map((tokens) => {
    const net = tokens.reduce((sum, token) => sum + bracketChange(token), 0);
    close(levels, -net);
    const indent = levels.length;
    if (net > 0) levels.push(net);
    return toLine(tokens, indent);
  });
}

function close(levels: number[], count: number): void {
  let left = count;
  while (left > 0 && levels.length > 0) {
    const top = levels.at(-1) ?? 0;
    levels.pop();
    if (top > left) levels.push(top - left);
    left -= top;
  }
}

function toLine(all: readonly Token[], indent: number): Line {
  const last = all.at(-1);
  const hasComment = all.length > 1 && last?.kind === 'comment';
  const tokens = hasComment ? all.slice(0, -1) : all;
  const comment = hasComment ? last?.text : undefined;
  const at = tokens.findIndex((token, i) => i > 0 && token.kind === 'operator' && token.text === '=');
  const whole = at > 0 && tokens.slice(at).reduce((sum, token) => sum + bracketChange(token), 0) === 0;
  if (!whole) return { indent, lead: joinTokens(tokens), assign: undefined, comment };
  return { indent, lead: joinTokens(tokens.slice(0, at)), assign: joinTokens(tokens.slice(at)), comment };
}

/** Width in characters, as a terminal of plain text shows it. */
function width(text: string): number {
  return Array.from(text).length;
}

/** The longest run of lines from `start` that all pass. */
function runEnd(lines: readonly Line[], start: number, passes: (line: Line) => boolean): number {
  let end = start;
  for (let line = lines[end]; line && passes(line); line = lines[end]) end += 1;
  return end;
}

/** Each line up to its comment, `=` of neighbours in one column. */
function assignColumns(lines: readonly Line[]): string[] {
  const out: string[] = [];
  while (out.length < lines.length) {
    const start = out.length;
    const end = runEnd(lines, start, (line) => line.assign !== undefined);
    const run = lines.slice(start, Math.max(end, start + 1));
    const column = Math.max(...run.map((line) => width(line.lead)));
    for (const line of run) {
      const gap = ' '.repeat(column - width(line.lead) + 1);
      const text = line.assign === undefined ? line.lead : `${line.lead}${gap}${line.assign}`;
      out.push(text === '' ? '' : `${'  '.repeat(line.indent)}${text}`);
    }
  }
  return out;
}

/** Adds the comments behind code; those of neighbouring lines begin in one column. */
function alignComments(lines: readonly Line[], texts: readonly string[]): string[] {
  const out = [...texts];
  let start = 0;
  while (start < lines.length) {
    const end = runEnd(lines, start, (line) => line.comment !== undefined);
    const column = Math.max(0, ...out.slice(start, end).map(lastLineWidth));
    for (let i = start; i < end; i++) {
      const text = out[i] ?? '';
      out[i] = `${text}${' '.repeat(column - lastLineWidth(text) + 1)}${lines[i]?.comment ?? ''}`;
    }
    start = Math.max(end, start + 1);
  }
  return out;
}

function lastLineWidth(text: string): number {
  return width(text.slice(text.lastIndexOf('\n') + 1));
}
