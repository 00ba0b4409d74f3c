// SPDX-License-Identifier: MPL-2.0
// Transcripts of the command line: `scripts/*.txt` hold commands after "> " and below each what it printed when it was
// last reviewed; "! " marks standard error. UPDATE_GOLDEN=1 writes the outputs anew; read the diff.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stage } from './stage.ts';

process.env['TZ'] = 'UTC';
const scripts = new URL('./scripts/', import.meta.url);
const files = fileURLToPath(new URL('./files', import.meta.url));

/** Commands and remarks stay, outputs are those of now. */
async function rerun(t: TestContext, text: string): Promise<string> {
  const stage = await Stage.open(t, files);
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) out.push(`${line}\n`);
    if (!line.startsWith('> ')) continue;
    const printed = await stage.run(line.slice(2));
    out.push(`${line}\n${printed}${printed === '' ? '' : '\n'}`);
  }
  return out.join('').replace(/\n{3,}> /g, '\n\n> ');
}

const names = readdirSync(scripts).filter((name) => name.endsWith('.txt'));

test('there are transcripts', () => {
  assert.ok(names.length >= 5);
});

for (const name of names) {
  test(`transcript ${name}`, async (t) => {
    const file = new URL(name, scripts);
    const expected = readFileSync(file, 'utf8');
    const actual = await rerun(t, expected);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
    else assert.equal(actual, expected);
  });
}
