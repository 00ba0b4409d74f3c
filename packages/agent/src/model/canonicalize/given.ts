// SPDX-License-Identifier: MPL-2.0
// Telling what a user gave from what is missing, and putting defaults in its place.

import type { Input } from '@serai/api';

/** The text when there is one, else the default: an empty string counts as not given. */
export function textOr(value: string | null | undefined, fallback: string): string {
  return value === null || value === undefined || value === '' ? fallback : value;
}

/** `base` with every field of `over` that says something: not null, missing or an empty text. */
export function overlay<T extends object>(base: Input<T>, over: Input<T> | null | undefined): Input<T> {
  if (!over) return base;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value !== null && value !== undefined && value !== '') out[key] = value;
  }
  return out as Input<T>;
}

/** True when no field holds more than its zero value. */
export function isZeroBlock(block: object | null | undefined): boolean {
  return Object.values(block ?? {}).every(isZero);
}

function isZero(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === 0 || value === false;
}

/** List elements that are there. */
export function present<T>(list: readonly (T | null | undefined)[] | null | undefined): T[] {
  return (list ?? []).filter((item): item is T => item !== null && item !== undefined);
}

/** Each element changed; a missing list stays null. */
export function mapPresent<T, R>(
  list: readonly (T | null | undefined)[] | null | undefined,
  change: (item: T) => R,
): R[] | null {
  return list ? present(list).map(change) : null;
}
