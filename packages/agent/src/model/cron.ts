// SPDX-License-Identifier: MPL-2.0
// When a periodic job is due. Fields as in Nomad: five (minute, hour, day of month, month, day of week), six (with a
// year at the end) or seven (seconds first), and the names @yearly … @hourly.

import { Cron } from 'croner';
import { AppError } from '#base';

/** Longest cron expression, in characters. */
export const maxCronLength = 256;

/** croner reads six fields as "with seconds"; here they are "with year". */
function toCroner(spec: string): string {
  const fields = spec.trim().split(/\s+/);
  return fields.length === 6 ? `0 ${fields.join(' ')}` : fields.join(' ');
}

/** Why the expression can't be used; undefined when it can. */
export function cronError(spec: string): string | undefined {
  try {
    compile(spec, 'UTC');
    return undefined;
  } catch (error) {
    return AppError.from(error).message;
  }
}

/** Whether the IANA time zone is known to this machine. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function compile(spec: string, timeZone: string): Cron {
  if (spec.length > maxCronLength)
    throw new AppError('invalid', `cron expression is longer than ${maxCronLength} characters`);
  try {
    // Sloppy: `5/15` starts at 5 and goes on to the end of the range, as in Nomad.
    return new Cron(toCroner(spec), { timezone: timeZone, paused: true, sloppyRanges: true });
  } catch (error) {
    const text = AppError.from(error).message.replace(/^\w+: /, '');
    throw new AppError('invalid', text, { cause: error });
  }
}

/** First moment after `afterMs` (Unix milliseconds) at which one of the expressions is due; undefined for never. */
export function nextCronTime(
  specs: readonly string[],
  options: { readonly timeZone: string; readonly afterMs: number },
): number | undefined {
  let earliest: number | undefined;
  for (const spec of specs) {
    const next = compile(spec, options.timeZone).nextRun(new Date(options.afterMs))?.getTime();
    if (next !== undefined && (earliest === undefined || next < earliest)) earliest = next;
  }
  return earliest;
}

/** All expressions of a periodic block: the old single one or the list. */
export function cronSpecs(periodic: {
  readonly Spec: string;
  readonly Specs: readonly string[] | null;
}): readonly string[] {
  if (periodic.Specs && periodic.Specs.length > 0) return periodic.Specs;
  return periodic.Spec === '' ? [] : [periodic.Spec];
}
