// SPDX-License-Identifier: MPL-2.0
// The one layout of a file: two blanks per level, `=` of neighbouring lines in one column, comments after code as well.
// Only blanks change: lines, line ends and comments stay as they are; nothing is joined or broken into lines.

import { Diagnostics, parseHcl } from '#hcl';
import { bracketChange, joinTokens } from './spacing.ts';
import { type Token, tokenize } from './tokens.ts';

interface Line {
  readonly indent: number;
  /** what stands before `=`, or the whole line */
  readonly lead: string;
  /** from `=` on; undefined when the line is no plain assignment */
  readonly assign: string | undefined;
  /** comment behind code */
  readonly comment: string | undefined;
  /** `\n`, `\r\n`, or nothing behind the last line */
  readonly end: string;
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
  return out.map((text, i) => `${text}${lines[i]?.end ?? ''}`).join('');
}

function splitLines(tokens: readonly Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    lines.at(-1)?.push(token);
    if (token.kind === 'newline') lines.push([]);
  }
  return lines;
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

function toLine(withEnd: readonly Token[], indent: number): Line {
  const newline = withEnd.at(-1)?.kind === 'newline';
  const all = newline ? withEnd.slice(0, -1) : withEnd;
  const end = newline ? (withEnd.at(-1)?.text ?? '') : '';
  const last = all.at(-1);
  const hasComment = all.length > 1 && last?.kind === 'comment';
  const tokens = hasComment ? all.slice(0, -1) : all;
  const comment = hasComment ? last?.text : undefined;
  const at = tokens.findIndex((token, i) => i > 0 && token.kind === 'operator' && token.text === '=');
  const whole = at > 0 && tokens.slice(at).reduce((sum, token) => sum + bracketChange(token), 0) === 0;
  if (!whole) return { indent, lead: joinTokens(tokens), assign: undefined, comment, end };
  return {
    indent,
    lead: joinTokens(tokens.slice(0, at)),
    assign: joinTokens(tokens.slice(at)),
    comment,
    end,
  };
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
