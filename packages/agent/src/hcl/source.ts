// SPDX-License-Identifier: MPL-2.0
// The text of a file and places in it. Line and column are worked out only when someone asks, so nodes stay cheap.

export interface Position {
  /** Offset in the UTF-8 bytes of the file, from 0. */
  readonly byte: number;
  /** From 1. */
  readonly line: number;
  /** In characters (code points), from 1. */
  readonly column: number;
}

export class Source {
  readonly name: string;
  readonly text: string;
  #lineStarts: number[] | undefined;
  readonly #byteShift: number;
  readonly #hidden: { start: number; end: number }[] = [];

  /** `byteShift`: bytes that stood before the text in the file (a byte order mark). */
  constructor(name: string, text: string, byteShift = 0) {
    this.name = name;
    this.text = text;
    this.#byteShift = byteShift;
  }

  position(offset: number): Position {
    const starts = this.#lines();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const lineStart = starts[low] ?? 0;
    const column = countCodePoints(this.text, lineStart, offset) + 1;
    const byte = this.#byteShift + Buffer.byteLength(this.text.slice(0, offset), 'utf8');
    return { byte, line: low + 1, column };
  }

  /** Text of a line (from 1) without its end. */
  line(number: number): string {
    const starts = this.#lines();
    const start = starts[number - 1];
    if (start === undefined) return '';
    return this.#masked(start, starts[number] ?? this.text.length).replace(/\r?\n$/, '');
  }

  /** Takes a stretch (a secret) out of everything that shows lines of this text. */
  hide(range: { start: number; end: number }): void {
    this.#hidden.push({ start: range.start, end: range.end });
  }

  #masked(start: number, end: number): string {
    let line = this.text.slice(start, end);
    for (const hidden of this.#hidden) {
      const from = Math.max(hidden.start, start) - start;
      const until = Math.min(hidden.end, end) - start;
      if (from < until) line = line.slice(0, from) + '*'.repeat(until - from) + line.slice(until);
    }
    return line;
  }

  range(start: number, end: number): Range {
    return new Range(this, start, end);
  }

  #lines(): number[] {
    if (this.#lineStarts) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }
}

function countCodePoints(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    // The second half of a surrogate pair belongs to the character before it.
    if (unit >= 0xdc00 && unit <= 0xdfff && i > from) continue;
    count++;
  }
  return count;
}

/** Half open: `start` belongs to it, `end` doesn't. Both are offsets in the UTF-16 text of the source. */
export class Range {
  readonly source: Source;
  readonly start: number;
  readonly end: number;

  constructor(source: Source, start: number, end: number) {
    this.source = source;
    this.start = start;
    this.end = end;
  }

  get startPosition(): Position {
    return this.source.position(this.start);
  }

  get endPosition(): Position {
    return this.source.position(this.end);
  }

  get text(): string {
    return this.source.text.slice(this.start, this.end);
  }

  /** From the start of this range to the end of the other. */
  to(other: Range): Range {
    return new Range(this.source, this.start, Math.max(this.end, other.end));
  }

  /** `file:line,column-column`, or `file:line,column-line,column` when it spans lines. */
  toString(): string {
    const from = this.startPosition;
    const until = this.endPosition;
    const end = until.line === from.line ? `${until.column}` : `${until.line},${until.column}`;
    return `${this.source.name}:${from.line},${from.column}-${end}`;
  }
}
