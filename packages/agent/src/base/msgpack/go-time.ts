// SPDX-License-Identifier: MPL-2.0
// Go's time.Time in its binary form: version, seconds since year 1, nanoseconds, zone offset in minutes.

import { zeroTimeText } from './shape.ts';

export const timeBytes = 15;
/** Form with an extra byte for the seconds of an odd zone offset. */
export const timeBytesLong = 16;

const unixSecondsOfYear1 = 62_135_596_800;
const secondsPerDay = 86_400;
/** 9999-12-31T23:59:59Z counted from year 1: RFC 3339 has four digits for the year. */
const maxSeconds = 315_537_897_599;

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Writes 15 bytes at the position. False when the text is not RFC 3339. */
export function writeGoTime(text: string, target: Buffer, at: number): boolean {
  if (text === zeroTimeText) {
    target.fill(0, at, at + timeBytes);
    target[at] = 1;
    target.writeInt16BE(-1, at + 13);
    return true;
  }
  const part = rfc3339.exec(text);
  if (!part) return false;
  const number = (i: number): number => Number(part[i]);
  const offsetMinutes =
    part[8] === undefined ? 0 : (number(9) * 60 + number(10)) * (part[8] === '-' ? -1 : 1);
  const seconds =
    daysFromCivil(number(1), number(2), number(3)) * secondsPerDay +
    number(4) * 3600 +
    number(5) * 60 +
    number(6) -
    offsetMinutes * 60 +
    unixSecondsOfYear1;
  const nanoseconds = part[7] === undefined ? 0 : Number(part[7].padEnd(9, '0'));
  target[at] = 1;
  target.writeBigInt64BE(BigInt(seconds), at + 1);
  target.writeInt32BE(nanoseconds, at + 9);
  target.writeInt16BE(offsetMinutes === 0 ? -1 : offsetMinutes, at + 13);
  return true;
}

/** RFC 3339 as Go prints it, or undefined when the bytes are no time between the years 1 and 9999. */
export function readGoTime(source: Buffer, at: number, length: number): string | undefined {
  const version = source[at];
  if (!((version === 1 && length === timeBytes) || (version === 2 && length === timeBytesLong)))
    return undefined;
  const seconds = Number(source.readBigInt64BE(at + 1));
  const nanoseconds = source.readInt32BE(at + 9);
  const zone = source.readInt16BE(at + 13);
  const offsetMinutes = zone === -1 ? 0 : zone;
  const local = seconds + offsetMinutes * 60;
  if (local < 0 || local > maxSeconds || nanoseconds < 0 || nanoseconds > 999_999_999) return undefined;
  if (Math.abs(offsetMinutes) >= 24 * 60) return undefined;
  if (local === 0 && nanoseconds === 0 && offsetMinutes === 0) return zeroTimeText;
  return civilText(local, nanoseconds) + zoneText(offsetMinutes);
}

function civilText(seconds: number, nanoseconds: number): string {
  const unixDays = Math.floor((seconds - unixSecondsOfYear1) / secondsPerDay);
  const ofDay = seconds % secondsPerDay;
  const [year, month, day] = civilFromDays(unixDays);
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  const clock = `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}:${two(ofDay % 60)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}${fraction}`;
}

function zoneText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const abs = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that start on 1 March.
const daysPerEra = 146_097;
const daysFromEraToUnix = 719_468;

function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * daysPerEra + dayOfEra - daysFromEraToUnix;
}

function civilFromDays(unixDays: number): [year: number, month: number, day: number] {
  const days = unixDays + daysFromEraToUnix;
  const era = Math.floor(days / daysPerEra);
  const dayOfEra = days - era * daysPerEra;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
