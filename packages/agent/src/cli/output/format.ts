// SPDX-License-Identifier: MPL-2.0
// How values are shown: short ids, times, ages, sizes, as Nomad prints them.

/** Characters of an id that lists show. */
const shortIdLength = 8;

export function shortId(id: string, verbose = false): string {
  return verbose ? id : id.slice(0, shortIdLength);
}

/** RFC 3339 with the local offset and whole seconds: 2026-11-22T02:00:00Z. '' for a time nobody set. */
export function formatTime(time: Date | number): string {
  const date = typeof time === 'number' ? new Date(time) : time;
  if (Number.isNaN(date.getTime()) || date.getTime() <= 0) return '';
  const offsetMinutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, 19);
  if (offsetMinutes === 0) return `${local}Z`;
  const sign = offsetMinutes < 0 ? '-' : '+';
  const two = (value: number): string => String(value).padStart(2, '0');
  const absolute = Math.abs(offsetMinutes);
  return `${local}${sign}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`;
}

/** Of Unix nanoseconds. */
export function formatUnixNano(nanoseconds: number): string {
  return nanoseconds === 0 ? '' : formatTime(nanoseconds / 1e6);
}

/** `2h3m ago`: the two largest units. */
export function formatAge(fromMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - fromMs) / 1000));
  return seconds < 1 ? 'now' : `${formatSeconds(seconds)} ago`;
}

const units: readonly (readonly [string, number])[] = [
  ['y', 31_536_000],
  ['mo', 2_592_000],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

function formatSeconds(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join('');
}

/** 1.5 GiB */
export function formatBytes(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < names.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${names[unit]}`;
}

/** JSON as `-json` prints it. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 4);
}

/** `5m10s from now` */
export function formatUntil(timeMs: number, nowMs: number): string {
  const seconds = Math.floor((timeMs - nowMs) / 1000);
  return seconds < 1 ? 'now' : `${formatSeconds(seconds)} from now`;
}

/** Yes or no in the words of Nomad's lists. */
export function yesNo(value: boolean): string {
  return value ? 'true' : 'false';
}
