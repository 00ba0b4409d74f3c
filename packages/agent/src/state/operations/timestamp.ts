// SPDX-License-Identifier: MPL-2.0
// Arithmetic on RFC 3339 times and Unix nanoseconds that were passed in. No clock.

/** RFC 3339 in UTC, millisecond steps. */
export function isoOf(unixNs: number): string {
  return new Date(Math.round(unixNs / 1e6)).toISOString();
}

/** A time plus nanoseconds. */
export function isoPlus(time: string, durationNs: number): string {
  return new Date(Date.parse(time) + Math.round(durationNs / 1e6)).toISOString();
}

export function isAfter(a: string, b: string): boolean {
  return Date.parse(a) > Date.parse(b);
}
