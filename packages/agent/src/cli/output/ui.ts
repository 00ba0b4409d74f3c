// SPDX-License-Identifier: MPL-2.0
// Terminal output: results on stdout, errors on stderr, colours only on a terminal.

export interface Ui {
  /** Result text; a line feed is added. */
  output(text: string): void;
  /** Error text; a line feed is added. */
  error(text: string): void;
  warn(text: string): void;
  /** As it is, no line feed. */
  write(chunk: string | Uint8Array): Promise<void>;
  writeError(chunk: string | Uint8Array): Promise<void>;
  readonly color: boolean;
  /** stdout is a terminal: progress may be redrawn */
  readonly interactive: boolean;
  /** columns of the terminal; 80 when unknown */
  readonly width: number;
}

interface OutStream {
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class TerminalUi implements Ui {
  readonly #out: OutStream;
  readonly #err: OutStream;
  readonly color: boolean;
  readonly interactive: boolean;

  constructor(
    streams: { out: OutStream; err: OutStream },
    options: { noColor: boolean; forceColor: boolean },
  ) {
    this.#out = streams.out;
    this.#err = streams.err;
    this.interactive = streams.out.isTTY === true;
    this.color = options.forceColor || (this.interactive && !options.noColor);
  }

  get width(): number {
    return this.#out.columns ?? 80;
  }
  output(text: string): void {
    this.#out.write(`${text}\n`);
  }
  error(text: string): void {
    this.#err.write(`${this.color ? `\u001b[31m${text}\u001b[0m` : text}\n`);
  }
  warn(text: string): void {
    this.#err.write(`${this.color ? `\u001b[33m${text}\u001b[0m` : text}\n`);
  }
  write(chunk: string | Uint8Array): Promise<void> {
    return writeAll(this.#out, chunk);
  }
  writeError(chunk: string | Uint8Array): Promise<void> {
    return writeAll(this.#err, chunk);
  }
}

function writeAll(stream: OutStream, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

export type Color = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';
const codes: Readonly<Record<Color, string>> = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  cyan: '36',
};

export function paint(ui: Pick<Ui, 'color'>, color: Color, text: string): string {
  return ui.color ? `\u001b[${codes[color]}m${text}\u001b[0m` : text;
}

/** Length on screen: without colour sequences. */
export function visibleLength(text: string): number {
  return [...text.replace(/\u001b\[[\d;]*m/g, '')].length;
}

/** Shown for an empty cell. */
const none = '<none>';

/** Rows as aligned columns, two spaces apart, no space at line ends: the way Nomad prints lists. */
export function formatList(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries())
      widths[i] = Math.max(widths[i] ?? 0, visibleLength(cell === '' ? none : cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const shown = cell === '' ? none : cell;
          return i === row.length - 1
            ? shown
            : shown + ' '.repeat((widths[i] ?? 0) - visibleLength(shown) + 2);
        })
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** `Key   = value` lines with the equal signs below each other. */
export function formatKeyValue(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([key]) => visibleLength(key)));
  return pairs
    .map(([key, value]) => `${key}${' '.repeat(width - visibleLength(key))} = ${value === '' ? none : value}`)
    .join('\n');
}
