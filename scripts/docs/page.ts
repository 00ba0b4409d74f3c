// SPDX-License-Identifier: MPL-2.0
// Generated parts of a page, tables and numbers as people read them.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Content by name of the part. */
export type Sections = Readonly<Record<string, string>>;

/** Replaces what stands between the marks of each part; a part without marks is a mistake of the page. */
export function fillSections(page: string, sections: Sections): string {
  let text = page;
  for (const [name, content] of Object.entries(sections)) {
    const begin = `<!-- begin ${name} -->\n`;
    const end = `<!-- end ${name} -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the page has no marks for the part "${name}"`);
    text = `${text.slice(0, from + begin.length)}${content.trimEnd()}\n${text.slice(to)}`;
  }
  return text;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

const binary: readonly [name: string, bytes: number][] = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
];

/** `4 MiB`; what is no round number of any unit stays a number of bytes. */
export function bytesText(bytes: number): string {
  const unit = binary.find(([, size]) => bytes >= size && Number.isInteger(bytes / size));
  return unit ? `${bytes / unit[1]} ${unit[0]}` : `${plainNumber(bytes)} bytes`;
}

const spans: readonly [name: string, ms: number][] = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

export function durationText(ms: number): string {
  const unit = spans.find(([, size]) => ms >= size && Number.isInteger(ms / size));
  return unit ? `${ms / unit[1]} ${unit[0]}` : `${plainNumber(ms)} ms`;
}

/** `16,384` */
export function plainNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}
