// SPDX-License-Identifier: MPL-2.0
// Equality of API objects: nil and empty are the same, the order of keys does not matter.

/** Nothing there: null, undefined or an empty list. */
function isNil(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Nil list = empty list, missing key = null. `ignore` names keys of the top object that do not count. */
export function equalObjects(a: unknown, b: unknown, ignore: ReadonlySet<string> = nothing): boolean {
  if (a === b) return true;
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  if (Array.isArray(a) || Array.isArray(b)) return equalLists(a, b);
  if (typeof a !== 'object' || typeof b !== 'object') return Number.isNaN(a) && Number.isNaN(b);
  return equalRecords(a as Record<string, unknown>, b as Record<string, unknown>, ignore);
}

const nothing: ReadonlySet<string> = new Set();

function equalLists(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, i) => equalObjects(item, b[i]));
}

function equalRecords(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  ignore: ReadonlySet<string>,
): boolean {
  for (const key of Object.keys(a)) {
    if (!ignore.has(key) && !equalObjects(a[key], ownValue(b, key))) return false;
  }
  for (const key of Object.keys(b)) {
    if (!ignore.has(key) && !Object.hasOwn(a, key) && !isNil(b[key])) return false;
  }
  return true;
}

function ownValue(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Same elements, whatever their order. Quadratic: for the short lists of a job. */
export function equalSets(
  a: readonly unknown[] | null | undefined,
  b: readonly unknown[] | null | undefined,
): boolean {
  const left = a ?? [];
  const right = [...(b ?? [])];
  if (left.length !== right.length) return false;
  for (const item of left) {
    const at = right.findIndex((other) => equalObjects(item, other));
    if (at < 0) return false;
    right.splice(at, 1);
  }
  return true;
}
