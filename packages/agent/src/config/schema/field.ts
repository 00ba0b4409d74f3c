// SPDX-License-Identifier: MPL-2.0
// How a configuration key is described: what it holds, its default, how two files merge. Reading, merging, compiling and
// the types of the result all follow from these descriptions.

import { Secret } from '#base';
import type { Attribute, HclObject } from '#hcl';
import { parseSize } from './size.ts';
import { readDurationMs } from './span.ts';

/**
 * `T` is the value in the compiled configuration. `Suffix` is what its name gets there: the unit, e.g. `Ms`.
 */
export interface ValueField<T, Suffix extends string = ''> {
  readonly kind: 'value';
  readonly suffix: Suffix;
  readonly default: T;
  /** Undefined after a mistake, which is reported. */
  readonly read: (attribute: Attribute) => T | undefined;
  readonly merge: (before: T, after: T) => T;
  /** Whether the value is like not set: it neither overrides an earlier file nor the default. */
  readonly isUnset: (value: T) => boolean;
  /** Reports what is wrong with a value, or returns undefined. Without a period. */
  readonly check?: (value: T) => string | undefined;
  /** A warning for keys that Nomad doesn't have or has given up: what was done, and the exact name. */
  readonly notice?: (value: T) => string | undefined;
  /** The user may also write it as a block (`meta { a = "b" }`). */
  readonly asBlock: boolean;
}

export interface BlockField<S extends Shape> {
  readonly kind: 'block';
  readonly shape: S;
  /** Keys that are not known are a warning, not an error. */
  readonly lenient: boolean;
  /** The block may have a label that is only the name of the one cluster (consul, vault). */
  readonly labelled: boolean;
  readonly notice?: string;
}

/** Blocks with a name as label; blocks of one name merge. */
export interface NamedField<S extends Shape> {
  readonly kind: 'named';
  readonly shape: S;
  /** Filled by the reader from elsewhere; no key of the file. */
  readonly hidden: boolean;
}

/** Content that belongs to somebody else: the `config` of a plugin. */
export interface OpaqueField {
  readonly kind: 'opaque';
}

// biome-ignore lint/suspicious/noExplicitAny: the table of a block holds fields of every type
export type AnyValueField = ValueField<any, string>;

export type AnyField = AnyValueField | BlockField<Shape> | NamedField<Shape> | OpaqueField;

export interface Shape {
  readonly [key: string]: AnyField;
}

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

type CompiledKey<K, F> = K extends string
  ? F extends ValueField<infer _, infer X>
    ? `${Camel<K>}${X}`
    : Camel<K>
  : never;

type CompiledValue<F> =
  F extends ValueField<infer T, string>
    ? T
    : F extends BlockField<infer S>
      ? Compiled<S>
      : F extends NamedField<infer S>
        ? Readonly<Record<string, Compiled<S>>>
        : HclObject;

/** A block with all defaults filled in; names are camel case with units. */
export type Compiled<S extends Shape> = {
  readonly [K in keyof S as CompiledKey<K, S[K]>]: CompiledValue<S[K]>;
};

/** The name of a key in the compiled configuration: `heartbeat_grace` is `heartbeatGraceMs`. */
export function compiledName(key: string, field: AnyField): string {
  const camel = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return field.kind === 'value' ? camel + field.suffix : camel;
}

interface Extra<T> {
  readonly check?: (value: T) => string | undefined;
  readonly notice?: (value: T) => string | undefined;
  /** Zero, false and "" count as set (the original holds these behind a pointer). */
  readonly explicit?: boolean;
}

function value<T, Suffix extends string>(
  suffix: Suffix,
  initial: T,
  how: {
    read: (attribute: Attribute) => T | null | undefined;
    isZero: (value: T) => boolean;
    merge?: (before: T, after: T) => T;
    asBlock?: boolean;
  },
  extra: Extra<T>,
): ValueField<T, Suffix> {
  return {
    kind: 'value',
    suffix,
    default: initial,
    read: (attribute) => how.read(attribute) ?? undefined,
    merge: how.merge ?? ((_, after) => after),
    isUnset: (each) => !extra.explicit && how.isZero(each),
    ...(extra.check ? { check: extra.check } : {}),
    ...(extra.notice ? { notice: extra.notice } : {}),
    asBlock: how.asBlock ?? false,
  };
}

export function text(initial = '', extra: Extra<string> = {}): ValueField<string> {
  return value(
    '',
    initial,
    { read: (attribute) => attribute.string(), isZero: (each) => each === '' },
    extra,
  );
}

/** One of a few words. */
export function choice(words: readonly string[], initial: string): ValueField<string> {
  const check = (each: string): string | undefined =>
    words.includes(each) ? undefined : `must be one of ${words.join(', ')}`;
  return text(initial, { check });
}

export function secret(): ValueField<Secret | null> {
  const read = (attribute: Attribute): Secret | undefined => {
    // No message about this file may show it, also not one about something else on the same line.
    attribute.valueRange.source.hide(attribute.valueRange);
    const plain = attribute.string();
    return typeof plain === 'string' ? new Secret(plain) : undefined;
  };
  return value('', null, { read, isZero: (each: Secret | null) => !each || each.reveal() === '' }, {});
}

export function flag(initial = false, extra: Extra<boolean> = {}): ValueField<boolean> {
  // What is on by default could otherwise never be turned off.
  const explicit = extra.explicit ?? initial;
  const how = { read: (attribute: Attribute) => attribute.bool(), isZero: (each: boolean) => !each };
  return value('', initial, how, { ...extra, explicit });
}

export function integer(initial: number, extra: Extra<number> = {}): ValueField<number> {
  const how = { read: (attribute: Attribute) => attribute.integer(), isZero: (each: number) => each === 0 };
  return value('', initial, how, extra);
}

export function float(initial: number, extra: Extra<number> = {}): ValueField<number> {
  const how = { read: (attribute: Attribute) => attribute.number(), isZero: (each: number) => each === 0 };
  return value('', initial, how, extra);
}

/** Milliseconds; text like "30s" in the file. */
export function span(initialMs: number, extra: Extra<number> = {}): ValueField<number, 'Ms'> {
  return value('Ms', initialMs, { read: readDurationMs, isZero: (each: number) => each === 0 }, extra);
}

/** Bytes; text like "100GB" or "1M", or a plain number. */
export function size(initialBytes: number, extra: Extra<number> = {}): ValueField<number, 'Bytes'> {
  const read = (attribute: Attribute): number | undefined => {
    const written = attribute.string();
    if (typeof written !== 'string') return undefined;
    const bytes = parseSize(written);
    if (bytes === undefined) {
      attribute.error(
        'Invalid size',
        `${JSON.stringify(written)} is not a size: write a number with a unit, e.g. "1MB".`,
      );
    }
    return bytes;
  };
  return value(
    'Bytes',
    initialBytes,
    { read, isZero: (each: number) => each === 0 },
    { ...extra, explicit: true },
  );
}

export function texts(
  initial: readonly string[] = [],
  how: 'append' | 'replace' = 'append',
): ValueField<readonly string[]> {
  const merge =
    how === 'append'
      ? (before: readonly string[], after: readonly string[]) => [...before, ...after]
      : (_: readonly string[], after: readonly string[]) => after;
  const read = (attribute: Attribute): readonly string[] | null | undefined => attribute.strings();
  return value('', initial, { read, merge, isZero: (each: readonly string[]) => each.length === 0 }, {});
}

/** Merged key by key. */
export function textMap(
  initial: Readonly<Record<string, string>> = {},
  extra: Extra<Readonly<Record<string, string>>> = {},
): ValueField<Readonly<Record<string, string>>> {
  type Map = Readonly<Record<string, string>>;
  const how = {
    read: (attribute: Attribute) => {
      const map = attribute.stringMap();
      return map ? { ...map } : undefined;
    },
    merge: (before: Map, after: Map): Map => ({ ...before, ...after }),
    isZero: (each: Map) => Object.keys(each).length === 0,
    asBlock: true,
  };
  return value('', initial, how, extra);
}

export function block<S extends Shape>(
  shape: S,
  options: { lenient?: boolean; labelled?: boolean; notice?: string } = {},
): BlockField<S> {
  const base = {
    kind: 'block' as const,
    shape,
    lenient: options.lenient ?? false,
    labelled: options.labelled ?? false,
  };
  return options.notice === undefined ? base : { ...base, notice: options.notice };
}

export function named<S extends Shape>(shape: S, options: { hidden?: boolean } = {}): NamedField<S> {
  return { kind: 'named', shape, hidden: options.hidden ?? false };
}

export function opaque(): OpaqueField {
  return { kind: 'opaque' };
}

/** For `check`: a number within bounds. */
export function between(low: number, high = Number.POSITIVE_INFINITY): (value: number) => string | undefined {
  return (each) => {
    if (each >= low && each <= high) return undefined;
    return high === Number.POSITIVE_INFINITY
      ? `must be at least ${low}`
      : `must be between ${low} and ${high}`;
  };
}

/** For `check`: more than zero. */
export function positive(each: number): string | undefined {
  return each > 0 ? undefined : 'must be greater than zero';
}
