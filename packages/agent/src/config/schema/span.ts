// SPDX-License-Identifier: MPL-2.0
// Durations in configuration files.

import { parseDuration } from '@serai/api';
import type { Attribute } from '#hcl';

const nanosecondsPerMs = 1_000_000;

/** Milliseconds. Days and weeks, which Go doesn't know, are taken as what they plainly mean, with a warning. */
export function readDurationMs(attribute: Attribute): number | null | undefined {
  const written = attribute.string();
  if (typeof written !== 'string') return written;
  if (written === '') return undefined;
  const nanoseconds = parseDuration(written);
  if (nanoseconds !== undefined) return nanoseconds / nanosecondsPerMs;
  const hours = wholeHours(written);
  if (hours === undefined) {
    attribute.error(
      'Invalid duration',
      `${attribute.name} can't parse time duration ${JSON.stringify(written.slice(0, 64))}: write a number with a unit, e.g. "30s", "5m" or "720h".`,
    );
    return undefined;
  }
  attribute.warning(
    'Unit of duration',
    `Durations have no unit for days or weeks; ${JSON.stringify(written)} is taken as "${hours}h". Write ${attribute.name} = "${hours}h".`,
  );
  return hours * 3_600_000;
}

/** "30d" and "2w" in hours. */
function wholeHours(text: string): number | undefined {
  const match = /^(\d{1,6})([dw])$/.exec(text);
  return match ? Number(match[1]) * (match[2] === 'w' ? 168 : 24) : undefined;
}
