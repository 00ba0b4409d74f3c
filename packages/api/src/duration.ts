// SPDX-License-Identifier: MPL-2.0
// Go's time.Duration: integer nanoseconds, text like "1h30m0.5s".

export const nanosecond = 1;
export const microsecond = 1_000;
export const millisecond = 1_000_000;
export const second = 1_000_000_000;
export const minute = 60 * second;
export const hour = 60 * minute;

const units: Readonly<Record<string, number>> = {
  ns: nanosecond,
  us: microsecond,
  µs: microsecond,
  μs: microsecond,
  ms: millisecond,
  s: second,
  m: minute,
  h: hour,
};

/** Largest duration Go can hold, in nanoseconds (292 years). */
const maxDuration = 2 ** 63;

/** Nanoseconds, or undefined when Go's time.ParseDuration would refuse the text. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)(.+)$/.exec(text);
  if (!match) return undefined;
  const rest = match[2] ?? '';
  if (rest === '0') return 0;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  while (part.lastIndex < rest.length) {
    const piece = part.exec(rest);
    if (!piece) return undefined;
    total += Math.round(Number(piece[1]) * (units[piece[2] ?? ''] ?? 0));
    if (total >= maxDuration) return undefined;
  }
  return match[1] === '-' ? -total : total;
}

/** Text as Go's Duration.String prints it: "1h0m0s", "1.5s", "200ms", "0s". */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const sign = nanoseconds < 0 ? '-' : '';
  const abs = Math.abs(nanoseconds);
  if (abs < microsecond) return `${sign}${abs}ns`;
  if (abs < millisecond) return `${sign}${trim(abs / microsecond, 3)}µs`;
  if (abs < second) return `${sign}${trim(abs / millisecond, 6)}ms`;
  const hours = Math.floor(abs / hour);
  const minutes = Math.floor((abs % hour) / minute);
  const seconds = trim((abs % minute) / second, 9);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}

function trim(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}
