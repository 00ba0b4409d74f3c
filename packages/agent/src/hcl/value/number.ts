// SPDX-License-Identifier: MPL-2.0
// Numbers to text and back. Text never has an exponent, as in the original's decimal numbers.

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export function parseNumber(text: string): number | undefined {
  if (text.length > 1000 || !decimal.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export function formatNumber(value: number): string {
  if (Object.is(value, -0)) return '0';
  const text = String(value);
  if (!text.includes('e')) return text;
  if (Number.isInteger(value)) return BigInt(value).toString();
  const match = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (!match) return text;
  const digits = `${match[2] ?? ''}${match[3] ?? ''}`;
  return `${match[1] ?? ''}0.${'0'.repeat(Number(match[4]) - 1)}${digits}`;
}

/**
 * The result of an arithmetic operation without the noise of binary fractions: the original calculates with 512 bits,
 * so 0.1 + 0.2 must be 0.3. Whole numbers that a double holds exactly stay as they are.
 */
export function tidy(value: number): number {
  // There is one zero.
  if (value === 0) return 0;
  return Number.isSafeInteger(value) || !Number.isFinite(value) ? value : Number(value.toPrecision(15));
}
