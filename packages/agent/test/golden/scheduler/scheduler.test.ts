// SPDX-License-Identifier: MPL-2.0
// Golden traces of the scheduler: `scripts/*.txt` hold commands and, below `----`, the trace that they gave when it was
// last reviewed. UPDATE_GOLDEN=1 writes the traces anew; read the diff.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Script } from './script.ts';

const folder = new URL('./scripts/', import.meta.url);

function rerun(text: string): string {
  const script = new Script();
  const blocks = text.trimEnd().split(/\n\n+/);
  return `${blocks
    .map((block) => {
      const lines = block.split('\n');
      const end = lines.indexOf('----');
      const commands = end < 0 ? lines : lines.slice(0, end);
      if (commands.every((line) => line.startsWith('#'))) return block;
      return [...commands, '----', ...script.run(commands)].join('\n');
    })
    .join('\n\n')}\n`;
}

const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are golden scripts', () => {
  assert.ok(files.length >= 10);
});

for (const name of files) {
  test(`scheduler trace ${name}`, () => {
    const file = new URL(name, folder);
    const expected = readFileSync(file, 'utf8');
    const actual = rerun(expected);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
    else assert.equal(actual, expected);
  });
}
