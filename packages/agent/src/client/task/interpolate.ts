// SPDX-License-Identifier: MPL-2.0
// `${...}` at run time. What is unknown stays as it is written, as in Nomad.

/** Looks up what stands between `${` and `}`; undefined: unknown. */
export type Lookup = (name: string) => string | undefined;

/** Longest text that one value may grow to: variables that hold long values can't be multiplied without end. */
export const maxInterpolatedLength = 1024 * 1024;

/** A name, or a name with a quoted key: `env["a.b"]`, `meta["x y"]`. */
const reference = /\$\{\s*([A-Za-z0-9_.-]+(?:\["[^"\]]*"\])?)\s*\}/g;

export function interpolate(text: string, lookup: Lookup): string {
  if (!text.includes('${')) return text;
  let length = text.length;
  return text.replace(reference, (whole, name: string) => {
    const value = lookup(name);
    if (value === undefined) return whole;
    length += value.length;
    return length > maxInterpolatedLength ? whole : value;
  });
}

/** All strings of a JSON value; keys stay. */
export function interpolateValue<T>(value: T, lookup: Lookup): T {
  return deep(value, lookup) as T;
}

function deep(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return interpolate(value, lookup);
  if (Array.isArray(value)) return value.map((item) => deep(item, lookup));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deep(item, lookup)]));
}

/** Splits `env["a.b"]` into `env` and `a.b`. */
export function indexedName(name: string): { base: string; key: string } | undefined {
  const match = /^([A-Za-z0-9_.-]+)\["([^"\]]*)"\]$/.exec(name);
  return match ? { base: match[1] ?? '', key: match[2] ?? '' } : undefined;
}
