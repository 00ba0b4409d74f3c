// SPDX-License-Identifier: MPL-2.0
// docs/reference/configuration.md: every key of the agent's configuration with type, default and what this version does
// with it.

import { type AnyField, agentShape, type Shape } from '../../packages/agent/src/config/index.ts';
import { compiledName } from '../../packages/agent/src/config/schema/field.ts';
import { keyNotes } from './key-notes.ts';
import { bytesText, durationText, type Sections, table } from './page.ts';
import { findKeyUse, type KeyUse } from './used-keys.ts';

export interface KeyRow {
  /** `client.host_volume.<name>.path` */
  readonly key: string;
  readonly type: string;
  readonly default: string;
  readonly use: 'yes' | 'refused' | 'no';
  readonly note: string;
}

interface Place {
  readonly key: string;
  /** in the compiled configuration */
  readonly path: string;
  readonly use: KeyUse;
}

export function configurationRows(): KeyRow[] {
  return rowsOf(agentShape, { key: '', path: '', use: findKeyUse() });
}

function rowsOf(shape: Shape, at: Place): KeyRow[] {
  return Object.entries(shape).flatMap(([name, field]) => {
    const place = { ...at, key: `${at.key}${name}`, path: `${at.path}${compiledName(name, field)}` };
    return fieldRows(field, place);
  });
}

function fieldRows(field: AnyField, at: Place): KeyRow[] {
  switch (field.kind) {
    case 'block':
      return rowsOf(field.shape, { ...at, key: `${at.key}.`, path: `${at.path}.` });
    case 'named': {
      if (field.hidden) return [];
      // Entries have names of the user, so their reads can't be told apart: those with a note are used.
      const inside = { ...at, key: `${at.key}.<name>.`, path: `${at.path}.*.` };
      const rows = rowsOf(field.shape, inside);
      const isUsed = at.use.used.has(at.path);
      return rows.map((row) => (isUsed && keyNotes[row.key] !== undefined ? { ...row, use: 'yes' } : row));
    }
    case 'opaque':
      return [{ key: at.key, type: 'block', default: '', use: useOf(at), note: keyNotes[at.key] ?? '' }];
    case 'value':
      return [
        {
          key: at.key,
          type: typeOf(field.suffix, field.default),
          default: defaultText(field.suffix, field.default),
          use: useOf(at),
          note: [keyNotes[at.key], boundsOf(field), field.notice?.(field.default)]
            .filter((each) => each !== undefined && each !== '')
            .join(' '),
        },
      ];
  }
}

function useOf({ path, use }: Place): KeyRow['use'] {
  if (use.used.has(path)) return 'yes';
  return use.refused.has(path) ? 'refused' : 'no';
}

function typeOf(suffix: string, initial: unknown): string {
  if (suffix === 'Ms') return 'duration';
  if (suffix === 'Bytes') return 'size';
  if (initial === null) return 'text, secret';
  if (Array.isArray(initial)) return 'list of text';
  if (typeof initial === 'object') return 'map of text';
  return { boolean: 'bool', number: 'number', string: 'text' }[typeof initial as string] ?? '';
}

function defaultText(suffix: string, initial: unknown): string {
  if (suffix === 'Ms') return initial === 0 ? '' : durationText(Number(initial));
  if (suffix === 'Bytes') return bytesText(Number(initial));
  if (initial === null || initial === '') return '';
  if (Array.isArray(initial)) return initial.map((each) => `\`${String(each)}\``).join(', ');
  if (typeof initial === 'object') return '';
  return `\`${String(initial)}\``;
}

/** What a check says about a value that is surely wrong is the rule in words. */
function boundsOf(field: Extract<AnyField, { kind: 'value' }>): string {
  const wrong = { number: -1, string: '?' }[typeof field.default as string];
  const said = wrong === undefined ? undefined : field.check?.(wrong as never);
  return said !== undefined && /^must (be|not)/.test(said) ? `${said.replace(/^m/, 'M')}.` : '';
}

export function configurationSections(): Sections {
  const groups = new Map<string, KeyRow[]>();
  for (const row of configurationRows()) {
    const [first, rest] = row.key.split('.');
    const block = rest === undefined ? '' : (first ?? '');
    groups.set(block, [...(groups.get(block) ?? []), row]);
  }
  const head = ['key', 'type', 'default', 'acted on', 'meaning'];
  const parts = [...groups].map(([block, rows]) => {
    const title = block === '' ? 'Top level' : `\`${block}\``;
    const lines = rows.map((row) => [`\`${row.key}\``, row.type, row.default, row.use, row.note]);
    return `## ${title}\n\n${table(head, lines)}\n`;
  });
  return { keys: `\n${parts.join('\n')}\n` };
}
