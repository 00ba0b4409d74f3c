// SPDX-License-Identifier: MPL-2.0
// format and formatlist: the verbs of Go's fmt that make sense for values.

import type { Budget } from '../../eval/budget.ts';
import { ConversionError, convert, toText } from '../../value/convert.ts';
import { formatNumber } from '../../value/number.ts';
import { boolType, numberType, stringType } from '../../value/type.ts';
import { isArray, type Value } from '../../value/value.ts';
import { any, defineVariadic, nullable, text } from '../define.ts';
import { encodeJson } from '../encoding/json.ts';
import { FunctionError, type FunctionSpec } from '../spec.ts';
import { countGraphemes, splitGraphemes } from './graphemes.ts';

/** Widest field that a width or precision may ask for. Characters. */
const maxWidth = 1000;

const verbText =
  /%(?<flags>[-+ #0]*)(?<width>\d+)?(?:\.(?<precision>\d+)?)?(?:\[(?<index>\d+)\])?(?<verb>.)?/gsu;

export const formatFunctions: readonly FunctionSpec[] = [
  defineVariadic('format', [text('format'), nullable(any('args'))], (args, { budget }) =>
    formatText(args.text(0), args.from(1), budget),
  ),
  defineVariadic('formatlist', [text('format'), nullable(any('args'))], (args, { budget }) =>
    formatList(args.text(0), args.from(1), budget),
  ),
];

function formatList(format: string, args: readonly Value[], budget: Budget): Value {
  const lengths = args.flatMap((arg) => (isArray(arg) ? [arg.length] : []));
  const count = lengths[0] ?? 1;
  const odd = lengths.findIndex((length) => length !== count);
  if (odd >= 0) {
    throw new FunctionError(
      `the lists have different lengths (${count} and ${lengths[odd]}), but must be of equal length`,
    );
  }
  budget.chargeElements(count);
  return Array.from({ length: count }, (_, i) =>
    formatText(
      format,
      args.map((arg) => (isArray(arg) ? (arg[i] ?? null) : arg)),
      budget,
    ),
  );
}

interface Verb {
  readonly whole: string;
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly verb: string;
}

function formatText(format: string, args: readonly Value[], budget: Budget): string {
  let next = 0;
  let highest = 0;
  let length = 0;
  const take = (index: number): Value => {
    highest = Math.max(highest, index + 1);
    const value = args[index];
    if (value === undefined) {
      throw new FunctionError(`not enough arguments for the format: argument ${index + 1} is missing`);
    }
    return value;
  };
  const result = format.replace(verbText, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const verb = groups['verb'];
    if (verb === '%') return '%';
    if (verb === undefined) throw new FunctionError('the format ends in the middle of a verb');
    const size = (group: string | undefined): number | undefined =>
      group === undefined ? undefined : Number(group);
    const width = size(groups['width']);
    const precision = size(groups['precision']) ?? (/\.(?!\d)/.test(whole) ? 0 : undefined);
    if ((width ?? 0) > maxWidth || (precision ?? 0) > maxWidth) {
      throw new FunctionError(`a width or precision of more than ${maxWidth} is not allowed`);
    }
    if (groups['index'] !== undefined) next = Number(groups['index']) - 1;
    const made = formatOne({ whole, flags: groups['flags'] ?? '', width, precision, verb }, take(next++));
    length += made.length;
    budget.chargeText(length);
    return made;
  });
  if (highest < args.length && !/%\[\d+\]/.test(format)) {
    throw new FunctionError(`too many arguments; only ${highest} used by format string`);
  }
  return result;
}

function formatOne(verb: Verb, value: Value): string {
  const convertTo = (type: typeof stringType): Value => {
    try {
      return convert(value, type, () => undefined);
    } catch (error) {
      if (error instanceof ConversionError) {
        throw new FunctionError(`unsupported value for ${JSON.stringify(verb.whole)}: ${error.message}`);
      }
      throw error;
    }
  };
  if (verb.verb === 'v') return pad(formatAny(verb, value), verb);
  if (value === null && knownVerbs.includes(verb.verb)) {
    throw new FunctionError(
      `unsupported value for ${JSON.stringify(verb.whole)}: null value cannot be formatted`,
    );
  }
  switch (verb.verb) {
    case 't':
      return pad(String(convertTo(boolType)), verb);
    case 's':
    case 'q': {
      const converted = convertTo(stringType) as string;
      const cut =
        verb.precision === undefined
          ? converted
          : splitGraphemes(converted).slice(0, verb.precision).join('');
      return pad(verb.verb === 'q' ? encodeJson(cut) : cut, verb);
    }
    case 'b':
    case 'd':
    case 'o':
    case 'x':
    case 'X':
      return padNumber(formatInteger(verb, convertTo(numberType) as number), verb);
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return padNumber(formatFloat(verb, convertTo(numberType) as number), verb);
    default:
      throw new FunctionError(
        `unrecognized format character ${JSON.stringify(verb.verb)} in ${JSON.stringify(verb.whole)}`,
      );
  }
}

function formatAny(verb: Verb, value: Value): string {
  if (verb.flags.includes('#') || value === null || typeof value === 'object') return encodeJson(value);
  return typeof value === 'number' ? formatFloat({ ...verb, verb: 'g' }, value) : toText(value);
}

const knownVerbs = 'tsqbdoxXeEfgG';
const radixes: Readonly<Record<string, number>> = { b: 2, o: 8, d: 10, x: 16, X: 16 };
/** What `#` puts before the digits. */
const prefixes: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };

function formatInteger(verb: Verb, value: number): string {
  if (!Number.isInteger(value)) {
    throw new FunctionError(`unsupported value for ${JSON.stringify(verb.whole)}: an integer is required`);
  }
  const whole = BigInt(value);
  const digits = (whole < 0n ? -whole : whole).toString(radixes[verb.verb] ?? 10);
  const prefix = verb.flags.includes('#') ? (prefixes[verb.verb] ?? '') : '';
  return signOf(verb, whole < 0n) + prefix + (verb.verb === 'X' ? digits.toUpperCase() : digits);
}

function formatFloat(verb: Verb, value: number): string {
  const sign = signOf(verb, value < 0 || Object.is(value, -0));
  const size = Math.abs(value);
  // toFixed and toExponential stop at 100 digits.
  const precision = verb.precision === undefined ? undefined : Math.min(verb.precision, 100);
  switch (verb.verb) {
    case 'f':
      return sign + (size < 1e21 ? toFixedEven(size, precision ?? 6) : BigInt(Math.round(size)).toString());
    case 'e':
    case 'E': {
      const text = twoDigitExponent(toExponentialEven(size, precision ?? 6));
      return sign + (verb.verb === 'E' ? text.toUpperCase() : text);
    }
    default: {
      const text = shortest(size, precision);
      return sign + (verb.verb === 'G' ? text.toUpperCase() : text);
    }
  }
}

/** Exactly between two results the even one is meant; toFixed takes the larger. */
function toFixedEven(size: number, precision: number): string {
  const text = size.toFixed(precision);
  if (precision >= 99 || !'13579'.includes(text.at(-1) ?? '')) return text;
  const between = size.toFixed(precision + 1);
  const isTie = between.endsWith('5') && size.toFixed(100) === between + '0'.repeat(99 - precision);
  return isTie ? between.slice(0, precision === 0 ? -2 : -1) : text;
}

function toExponentialEven(size: number, precision: number): string {
  const text = size.toExponential(precision);
  const [digits = '', exponent = ''] = text.split('e');
  if (precision >= 99 || !'13579'.includes(digits.at(-1) ?? '')) return text;
  const [between = ''] = size.toExponential(precision + 1).split('e');
  const [exact = ''] = size.toExponential(100).split('e');
  const isTie = between.endsWith('5') && exact === between + '0'.repeat(99 - precision);
  return isTie ? `${between.slice(0, precision === 0 ? -2 : -1)}e${exponent}` : text;
}

/** %g: an exponent for very small and very large numbers only. */
function shortest(size: number, precision: number | undefined): string {
  if (size === 0) return '0';
  const value = precision === undefined ? size : Number(size.toPrecision(Math.max(1, precision)));
  const exponent = Math.floor(Math.log10(value));
  const limit = precision === undefined ? 6 : Math.max(1, precision);
  if (exponent < -4 || exponent >= limit) return twoDigitExponent(value.toExponential());
  return formatNumber(value);
}

function twoDigitExponent(value: string): string {
  return value.replace(/e([+-])(\d)$/, 'e$10$2');
}

function signOf(verb: Verb, negative: boolean): string {
  if (negative) return '-';
  if (verb.flags.includes('+')) return '+';
  return verb.flags.includes(' ') ? ' ' : '';
}

function pad(value: string, verb: Verb): string {
  const missing = (verb.width ?? 0) - countGraphemes(value);
  if (missing <= 0) return value;
  if (verb.flags.includes('-')) return value + ' '.repeat(missing);
  return (verb.flags.includes('0') ? '0' : ' ').repeat(missing) + value;
}

/** Zeros go between the sign and the digits. */
function padNumber(value: string, verb: Verb): string {
  const zeros = verb.flags.includes('0') && !verb.flags.includes('-');
  const missing = (verb.width ?? 0) - value.length;
  if (!zeros || missing <= 0) return pad(value, { ...verb, flags: verb.flags.replace('0', '') });
  const sign = /^[-+ ]/.exec(value)?.[0] ?? '';
  return sign + '0'.repeat(missing) + value.slice(sign.length);
}
