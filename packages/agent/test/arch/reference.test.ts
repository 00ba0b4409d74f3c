// SPDX-License-Identifier: MPL-2.0
// docs/reference holds what the code says. `npm run docs` writes the generated parts anew.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configurationRows } from '../../../../scripts/docs/configuration.ts';
import { keyNotes } from '../../../../scripts/docs/key-notes.ts';
import { findLimits, limitsIn } from '../../../../scripts/docs/limits.ts';
import { bytesText, durationText, fillSections, table } from '../../../../scripts/docs/page.ts';
import { generatedPage, generatedPages } from '../../../../scripts/docs.ts';
import { root, sources } from './sources.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

for (const path of Object.keys(generatedPages)) {
  test(`${path} says what the code says`, () => {
    assert.ok(read(path) === generatedPage(path), `${path} is out of date: run "npm run docs"`);
  });
}

test('every limit says what it means', () => {
  const limits = findLimits();
  assert.ok(limits.length >= 100, `found only ${limits.length} limits`);
  const silent = limits
    .filter((limit) => limit.comment === '')
    .map((limit) => `${limit.file}: ${limit.name}`);
  assert.deepEqual(silent, []);
});

test('limits are found with value and comment, in objects too', () => {
  const text = `
/** Things kept.
 * More: an error. */
export const maxThings = 2 * 1024;
const other = 3;
interface PoolLimits {
  /** Time to wait. */
  readonly waitMs: number;
}
export const defaultPoolLimits: PoolLimits = {
  waitMs: 1_000,
};
/** By kind. */
const maxCalls = { read: 10, write: 5 } as const;
`;
  assert.deepEqual(
    limitsIn('x.ts', text).map(({ name, value, comment }) => [name, value, comment]),
    [
      ['maxThings', 2048, 'Things kept. More: an error.'],
      ['defaultPoolLimits.waitMs', 1000, 'Time to wait.'],
      ['maxCalls.read', 10, 'By kind.'],
      ['maxCalls.write', 5, 'By kind.'],
    ],
  );
});

test('every configuration key that is acted on has its meaning, and no other key has a note', () => {
  const acted = configurationRows().filter(({ use }) => use !== 'no');
  assert.ok(acted.length >= 60, `found only ${acted.length} keys`);
  assert.deepEqual(
    acted.filter(({ key }) => keyNotes[key] === undefined).map(({ key }) => key),
    [],
  );
  const keys = new Set(acted.map(({ key }) => key));
  assert.deepEqual(
    Object.keys(keyNotes).filter((key) => !keys.has(key)),
    [],
  );
});

/** `incr nomad.rpc.request`; what is filled in at run time is `<>`. */
function metricsInCode(): Set<string> {
  const found = new Set<string>();
  for (const { isTest, code } of sources()) {
    if (isTest) continue;
    for (const [, kind, , name] of code.matchAll(
      /\b(incr|gauge|sample)\(\s*(['"`])(nomad\.(?:(?!\2).)+)\2/g,
    )) {
      found.add(`${kind} ${name?.replaceAll(/\$\{[^}]*\}/g, '<>')}`);
    }
    // Names that are put together before the call.
    for (const [, name] of code.matchAll(/return `(nomad\.[^`]+)`/g)) {
      found.add(`sample ${name?.replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '<>')}`);
    }
  }
  return found;
}

test('docs/reference/metrics.md lists the metrics of the code', () => {
  const kinds: Readonly<Record<string, string>> = { counter: 'incr', gauge: 'gauge', sample: 'sample' };
  const rows = read('docs/reference/metrics.md').matchAll(/^\| `(nomad\.[^`]+)` \| (\w+) \|/gm);
  const shown = new Set(
    Array.from(rows, ([, name, kind]) => `${kinds[kind ?? '']} ${name?.replaceAll(/<[^>]*>/g, '<>')}`),
  );
  assert.ok(shown.size >= 30, `found only ${shown.size} metrics`);
  assert.deepEqual([...shown].sort(), [...metricsInCode()].sort());
});

test('numbers are shown as people read them', () => {
  assert.equal(bytesText(4 * 1024 * 1024), '4 MiB');
  assert.equal(bytesText(1500), '1,500 bytes');
  assert.equal(durationText(60_000), '1 min');
  assert.equal(durationText(1_500), '1,500 ms');
  assert.equal(table(['a'], [['b|c']]), '| a |\n|---|\n| b\\|c |');
  assert.equal(
    fillSections('<!-- begin x -->\nold\n<!-- end x -->', { x: 'new' }),
    '<!-- begin x -->\nnew\n<!-- end x -->',
  );
  assert.throws(() => fillSections('', { x: '' }), /no marks/);
});
