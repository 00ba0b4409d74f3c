// SPDX-License-Identifier: MPL-2.0
// formatdate and timeadd: arithmetic on RFC 3339 text, without a clock.

import { define, text } from './define.ts';
import { ArgumentError, type FunctionSpec } from './spec.ts';

export const dateFunctions: readonly FunctionSpec[] = [
  define('formatdate', [text('format'), text('time')], (args, { budget }) => {
    const moment = parseTimestamp(args.text(1), 1);
    const result = formatDate(args.text(0), moment);
    budget.chargeText(result.length);
    return result;
  }),
  define('timeadd', [text('timestamp'), text('duration')], (args) => {
    const moment = parseTimestamp(args.text(0), 0);
    const nanoseconds = parseGoDuration(args.text(1));
    return printTimestamp({ ...moment, ns: moment.ns + nanoseconds });
  }),
];

/** Local nanoseconds since 1970 (as if the offset were zero), and the offset. */
interface Moment {
  readonly ns: bigint;
  readonly offsetMinutes: number;
}

interface Calendar {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
}

const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

const second = 1_000_000_000n;
const dayNs = 86_400n * second;

function parseTimestamp(value: string, argument: number): Moment {
  const match = rfc3339.exec(value);
  const part = (i: number): number => Number(match?.[i] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const valid =
    match &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month) &&
    part(4) < 24 &&
    part(5) < 60 &&
    part(6) < 60;
  if (!valid) {
    throw new ArgumentError(
      argument,
      `${JSON.stringify(value.slice(0, 64))} is not a valid RFC3339 timestamp, e.g. 2006-01-02T15:04:05Z`,
    );
  }
  const seconds =
    BigInt(daysFromCivil(year, month, day)) * 86_400n + BigInt(part(4) * 3600 + part(5) * 60 + part(6));
  const fraction = BigInt((match[7] ?? '').padEnd(9, '0'));
  const offset = (part(9) * 60 + part(10)) * (match[8] === '-' ? -1 : 1);
  return { ns: seconds * second + fraction, offsetMinutes: offset };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days from 1970-01-01 in the Gregorian calendar; years are counted from March so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function calendarOf(moment: Moment): Calendar {
  let days = moment.ns / dayNs;
  let rest = moment.ns % dayNs;
  if (rest < 0n) {
    rest += dayNs;
    days -= 1n;
  }
  const shifted = Number(days) + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  const seconds = Number(rest / second);
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
    weekday: (((Number(days) + 4) % 7) + 7) % 7,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    nanosecond: Number(rest % second),
  };
}

function printTimestamp(moment: Moment): string {
  const at = calendarOf(moment);
  if (at.year < 0 || at.year > 9999)
    throw new ArgumentError(1, 'the result lies outside of the years 0 to 9999');
  const fraction = at.nanosecond === 0 ? '' : `.${String(at.nanosecond).padStart(9, '0').replace(/0+$/, '')}`;
  const date = `${pad(at.year, 4)}-${pad(at.month)}-${pad(at.day)}`;
  const zone = moment.offsetMinutes === 0 ? 'Z' : zoneText(moment.offsetMinutes, ':');
  return `${date}T${pad(at.hour)}:${pad(at.minute)}:${pad(at.second)}${fraction}${zone}`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

function zoneText(offsetMinutes: number, separator: string): string {
  const size = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${separator}${pad(size % 60)}`;
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

function parseGoDuration(value: string): bigint {
  const invalid = (): ArgumentError =>
    new ArgumentError(1, `${JSON.stringify(value.slice(0, 64))} is not a valid duration, e.g. 1h30m`);
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(value);
  if (!match || value.length > 64) throw invalid();
  let total = 0;
  for (const [, amount, unit] of (match[2] ?? '').matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  if (total >= 2 ** 63) throw invalid();
  return BigInt(Math.round(total)) * (match[1] === '-' ? -1n : 1n);
}

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

type Field = (at: Calendar, moment: Moment) => string;

const fields: Readonly<Record<string, Field>> = {
  YYYY: (at) => pad(at.year, 4),
  YY: (at) => pad(at.year % 100),
  MMMM: (at) => months[at.month - 1] ?? '',
  MMM: (at) => (months[at.month - 1] ?? '').slice(0, 3),
  MM: (at) => pad(at.month),
  M: (at) => String(at.month),
  DD: (at) => pad(at.day),
  D: (at) => String(at.day),
  EEEE: (at) => weekdays[at.weekday] ?? '',
  EEE: (at) => (weekdays[at.weekday] ?? '').slice(0, 3),
  hh: (at) => pad(at.hour),
  h: (at) => String(at.hour),
  HH: (at) => pad(at.hour % 12 || 12),
  H: (at) => String(at.hour % 12 || 12),
  AA: (at) => (at.hour < 12 ? 'AM' : 'PM'),
  aa: (at) => (at.hour < 12 ? 'am' : 'pm'),
  mm: (at) => pad(at.minute),
  m: (at) => String(at.minute),
  ss: (at) => pad(at.second),
  s: (at) => String(at.second),
  ZZZZZ: (_, moment) => zoneText(moment.offsetMinutes, ':'),
  ZZZZ: (_, moment) => zoneText(moment.offsetMinutes, ''),
  ZZZ: (_, moment) => (moment.offsetMinutes === 0 ? 'UTC' : zoneText(moment.offsetMinutes, '')),
  Z: (_, moment) => (moment.offsetMinutes === 0 ? 'Z' : zoneText(moment.offsetMinutes, ':')),
};

/** A run of one letter is a field; text in single quotes and other characters stand for themselves. */
const formatToken = /'((?:[^']|'')*)'|(')|([A-Za-z])\3*|[^A-Za-z']+/g;

function formatDate(format: string, moment: Moment): string {
  const at = calendarOf(moment);
  return format.replace(formatToken, (whole: string, quoted?: string, open?: string, letter?: string) => {
    if (quoted !== undefined) return whole === "''" ? "'" : quoted.replaceAll("''", "'");
    if (open !== undefined) throw new ArgumentError(0, "a quote (') in the format is never closed");
    if (letter === undefined) return whole;
    const field = fields[whole];
    if (!field) {
      throw new ArgumentError(
        0,
        `invalid date format verb ${JSON.stringify(whole)}; put text in single quotes`,
      );
    }
    return field(at, moment);
  });
}
