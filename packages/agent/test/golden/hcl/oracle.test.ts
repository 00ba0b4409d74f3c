// SPDX-License-Identifier: MPL-2.0
// Every recorded answer of the reference implementation against ours; see oracle/README.md.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Difference, difference, type Recording } from './oracle/compare.ts';
import { differentResults, differentWords, otherLines } from './oracle/differences.ts';

const folder = new URL('oracle/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const results = new Set(Object.values(differentResults).flat());
const words = new Set(
  Object.values(differentWords)
    .flat()
    .map(([ours, theirs]) => `${ours} | ${theirs}`),
);
const lines = new Set(otherLines);
const unused = new Set([...results, ...words, ...lines]);

/** The entry of the lists that allows a difference. */
function entryOf(input: string, found: Difference): string {
  if (found.kind === 'result') return input;
  return found.kind === 'words' ? `${found.ours} | ${found.theirs}` : found.ours;
}

function allowed(input: string, found: Difference): boolean {
  const entry = entryOf(input, found);
  unused.delete(entry);
  if (found.kind === 'result') return results.has(entry);
  return found.kind === 'words' ? words.has(entry) : lines.has(entry);
}

for (const name of files) {
  const recording = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording;
  test(`${name}: ${recording.cases.length} inputs answer as recorded`, () => {
    const unexpected: string[] = [];
    for (const each of recording.cases) {
      const found = difference(recording, each);
      if (found && !allowed(each.input, found))
        unexpected.push(`${JSON.stringify(each.input)}: ${JSON.stringify(found)}`);
    }
    assert.deepEqual(unexpected, []);
  });
}

test('there are recordings of every kind', () => {
  assert.ok(files.length >= 11);
});

test('every listed difference is one', () => assert.deepEqual([...unused], []));
