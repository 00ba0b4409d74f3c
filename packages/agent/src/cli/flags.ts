// SPDX-License-Identifier: MPL-2.0
// Command line flags by Go's rules: one or two dashes, `-x=v` or `-x v`, a bool alone is true, parsing stops at the first
// argument that is no flag, or after `--`.

/** What a command accepts. */
export interface FlagSpec {
  /** text: one value, the last wins; list: may be repeated; bool; int; duration: Go text, kept as milliseconds */
  readonly kind: 'text' | 'list' | 'bool' | 'int' | 'duration';
  /** one or two sentences for `-help` */
  readonly help: string;
  readonly default?: string | number | boolean;
  /** name of the value in the help text: `-name=<hint>` */
  readonly hint?: string;
  /** accepted, not shown */
  readonly hidden?: boolean;
  /** older name of the same flag */
  readonly alias?: string;
}
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

export interface Flags {
  text(name: string): string;
  list(name: string): readonly string[];
  bool(name: string): boolean;
  int(name: string): number;
  durationMs(name: string): number;
  /** the user gave it */
  has(name: string): boolean;
  /** The same flags where more are declared: those stand at their defaults. */
  over(specs: FlagSpecs): Flags;
  /** repeated flags in the order of the command line, for sources whose order counts (-var, -var-file) */
  readonly given: readonly { readonly name: string; readonly value: string }[];
}

export interface ParsedArgs {
  readonly flags: Flags;
  readonly args: readonly string[];
}

/** The command line can't be understood; the message names the flag. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

export interface ParseOptions {
  /** Flags may also follow the arguments (`agent`: flags anywhere on the line). */
  readonly anywhere?: boolean;
}

export function parseFlags(
  specs: FlagSpecs,
  argv: readonly string[],
  options: ParseOptions = {},
): ParsedArgs {
  const values = new Map<string, string[]>();
  const given: { name: string; value: string }[] = [];
  const args: string[] = [];
  const names = byName(specs);
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (arg === '--') {
      args.push(...argv.slice(i + 1));
      break;
    }
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(arg);
    if (!match) {
      args.push(arg);
      if (options.anywhere) continue;
      args.push(...argv.slice(i + 1));
      break;
    }
    const name = names.get(match[1] ?? '');
    const spec = name === undefined ? undefined : specs[name];
    if (name === undefined || !spec) throw new FlagError(unknownFlag(match[1] ?? '', [...names.keys()]));
    let value = match[2];
    if (value === undefined) {
      if (spec.kind === 'bool') value = 'true';
      else if (i + 1 < argv.length) value = argv[++i] ?? '';
      else throw new FlagError(`flag needs an argument: -${name}`);
    }
    check(name, spec, value);
    given.push({ name, value });
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return { flags: new ParsedFlags(specs, values, given), args };
}

function byName(specs: FlagSpecs): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    names.set(name, name);
    if (spec.alias !== undefined) names.set(spec.alias, name);
  }
  return names;
}

function check(name: string, spec: FlagSpec, value: string): void {
  if (spec.kind === 'bool' && goBool(value) === undefined) {
    throw new FlagError(`invalid boolean value ${JSON.stringify(value)} for -${name}: use true or false`);
  }
  if (spec.kind === 'int' && !/^[+-]?\d+$/.test(value)) {
    throw new FlagError(`invalid value ${JSON.stringify(value)} for flag -${name}: not a whole number`);
  }
  if (spec.kind === 'duration' && goDurationMs(value) === undefined) {
    throw new FlagError(
      `invalid value ${JSON.stringify(value)} for flag -${name}: not a duration such as "30s" or "5m"`,
    );
  }
}

function goBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return undefined;
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const body = text.replace(/^[+-]/, '');
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0;
  for (const part of body.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(part[1]) * (unitMs[part[2] ?? ''] ?? 0);
  return text.startsWith('-') ? -total : total;
}

class ParsedFlags implements Flags {
  readonly #specs: FlagSpecs;
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly given: readonly { readonly name: string; readonly value: string }[];

  constructor(
    specs: FlagSpecs,
    values: ReadonlyMap<string, readonly string[]>,
    given: readonly { readonly name: string; readonly value: string }[],
  ) {
    this.#specs = specs;
    this.#values = values;
    this.given = given;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
  text(name: string): string {
    return this.#values.get(name)?.at(-1) ?? String(this.#fallback(name) ?? '');
  }
  list(name: string): readonly string[] {
    this.#fallback(name);
    return this.#values.get(name) ?? [];
  }
  bool(name: string): boolean {
    const value = this.#values.get(name)?.at(-1);
    return value === undefined ? this.#fallback(name) === true : goBool(value) === true;
  }
  int(name: string): number {
    const value = this.#values.get(name)?.at(-1);
    return Number(value ?? this.#fallback(name) ?? 0);
  }
  durationMs(name: string): number {
    return goDurationMs(this.#values.get(name)?.at(-1) ?? String(this.#fallback(name) ?? '0')) ?? 0;
  }

  over(specs: FlagSpecs): Flags {
    return new ParsedFlags({ ...specs, ...this.#specs }, this.#values, this.given);
  }

  #fallback(name: string): string | number | boolean | undefined {
    const spec = this.#specs[name];
    if (!spec) throw new Error(`flag -${name} is not declared`);
    return spec.default;
  }
}

function unknownFlag(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `flag provided but not defined: -${name}${near === undefined ? '' : `; did you mean -${near}?`}`;
}

/** The most similar of the candidates, if one is similar at all. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate, bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`; at most `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        at(i - 1, j - 1) + same,
        swapped ? at(i - 2, j - 2) + 1 : limit,
      );
    }
  }
  return at(a.length, b.length);
}
