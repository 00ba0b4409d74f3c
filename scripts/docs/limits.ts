// SPDX-License-Identifier: MPL-2.0
// docs/reference/limits.md: the constants that bound something. By convention such a constant stands at the top level
// of a file, is named max…, …Limit(s), …TimeoutMs or …BodyBytes or stands in a file limits.ts, and its comment says what
// happens beyond it.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { bytesText, durationText, plainNumber, root, type Sections, table } from './page.ts';

export interface Limit {
  readonly name: string;
  readonly value: number;
  /** '' : none was written */
  readonly comment: string;
  /** relative to the root */
  readonly file: string;
}

const named = /^(default)?[mM]ax[A-Z]|(Limits?|TimeoutMs|BodyBytes|Pool)$/;
/** Lists of defaults under a plainer name. */
const defaultsFiles = ['rpc/server/rpc-listener.ts', 'server/leader/eval-broker.ts'];
const declaration = /^(?:export )?const (\w+)(?:: [\w<>., ]+)? = (.+)$/;

export function findLimits(): Limit[] {
  const files = globSync('packages/{agent,api}/src/**/*.ts', { cwd: root }).sort();
  return files
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('/src/testing/'))
    .flatMap((file) => limitsIn(file, readFileSync(join(root, file), 'utf8')));
}

export function limitsIn(file: string, text: string): Limit[] {
  const lines = text.split('\n');
  const found: Limit[] = [];
  for (const [at, line] of lines.entries()) {
    const [, name, start] = declaration.exec(line) ?? [];
    if (name === undefined || start === undefined) continue;
    const isDefaults =
      /^default(s|\w*Options)$/.test(name) && defaultsFiles.some((each) => file.endsWith(each));
    if (!named.test(name) && !file.endsWith('/limits.ts') && !isDefaults) continue;
    const comment = commentAbove(lines, at);
    if (start.startsWith('{')) found.push(...membersOf({ name, comment, file }, { lines, at, text }));
    else {
      const value = numberOf(start.replace(/;$/, ''));
      if (value !== undefined) found.push({ name, value, comment, file });
    }
  }
  return found;
}

interface Place {
  readonly lines: readonly string[];
  readonly at: number;
  readonly text: string;
}

/** The numbers of an object: `name.member`. What a member means stands in the interface of the object. */
function membersOf(of: Omit<Limit, 'value'>, place: Place): Limit[] {
  let source = '';
  for (let at = place.at; at < place.lines.length; at++) {
    source += `${place.lines[at]}\n`;
    if (/\}( as const)?;$/.test(place.lines[at] ?? '')) break;
  }
  const found: Limit[] = [];
  for (const [, member, text] of source.matchAll(/(?<=[{,\n])\s*(\w+): ([^,{}\n]+?)(?=[,}\n ]*[,}\n])/g)) {
    const value = numberOf(text ?? '');
    if (value === undefined || member === undefined) continue;
    found.push({
      ...of,
      name: `${of.name}.${member}`,
      value,
      comment: memberComment(member, place) || of.comment,
    });
  }
  return found;
}

function memberComment(member: string, { lines }: Place): string {
  const at = lines.findIndex((line) => new RegExp(`^\\s+readonly ${member}\\??: number;`).test(line));
  return at < 0 ? '' : commentAbove(lines, at);
}

function commentAbove(lines: readonly string[], at: number): string {
  const end = at - 1;
  if (!/\*\/\s*$/.test(lines[end] ?? '')) return '';
  let start = end;
  while (start > 0 && !/^\s*\/\*\*/.test(lines[start] ?? '')) start -= 1;
  return lines
    .slice(start, end + 1)
    .map((line) => line.replace(/^\s*(\/\*\*|\*(?!\/))?|\*\/\s*$/g, '').trim())
    .join(' ')
    .trim();
}

/** Products and powers of plain numbers; everything else is no limit of ours. */
function numberOf(text: string): number | undefined {
  const plain = text.replace(/ as const$/, '').trim();
  if (!/^[\d(][\d_\s.*+()-]*$/.test(plain)) return undefined;
  const value: unknown = runInNewContext(plain);
  return typeof value === 'number' ? value : undefined;
}

function valueText({ name, value, comment }: Limit): string {
  if (/Ms$/.test(name)) return durationText(value);
  if (/Ns$/.test(name)) return durationText(value / 1e6);
  if (/Bytes$/.test(name)) return bytesText(value);
  return /character|text|pattern/i.test(comment) && /Length|Width|Shown/.test(name)
    ? `${plainNumber(value)} characters`
    : plainNumber(value);
}

export function limitSections(): Sections {
  const limits = findLimits();
  if (limits.length === 0) throw new Error('no limit was found');
  const modules = new Map<string, Limit[]>();
  for (const limit of limits) {
    const module = limit.file.startsWith('packages/api/') ? 'api' : (limit.file.split('/')[3] ?? '');
    modules.set(module, [...(modules.get(module) ?? []), limit]);
  }
  const parts = [...modules].sort(byName).map(([module, list]) => {
    const rows = list.map((limit) => [
      `\`${limit.name}\``,
      valueText(limit),
      limit.comment,
      `\`${limit.file.replace(/^packages\/(agent\/src\/|)/, '').replace(/^api\/src\//, 'api/')}\``,
    ]);
    return `### ${module}\n\n${table(['name', 'value', 'meaning', 'file'], rows)}\n`;
  });
  return { limits: `\n${parts.join('\n')}\n` };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
