// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readInput } from './input.ts';

function file(t: TestContext, content: string | Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'serai-input-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, content);
  return path;
}

test('a file is read as UTF-8', async (t) => {
  assert.equal(await readInput(file(t, 'grün\n')), 'grün\n');
  assert.equal(await readInput(file(t, '')), '');
});

test('other bytes are refused with their line', async (t) => {
  const path = file(t, Buffer.concat([Buffer.from('ä\nb\n'), Buffer.from([0xff, 0x0a]), Buffer.from('c')]));
  await assert.rejects(readInput(path), /^Error: it is no UTF-8 text: line 3 holds other bytes$/);
});

test('a file beyond the bound is not read to its end', async (t) => {
  const path = file(t, 'x'.repeat(200_000));
  await assert.rejects(readInput(path, 100_000), /it is larger than 100000 bytes/);
  assert.equal((await readInput(path, 200_000)).length, 200_000);
});

test('a missing file and a directory are told in words', async (t) => {
  const path = file(t, '');
  await assert.rejects(readInput(`${path}-not`), /^Error: no such file$/);
  await assert.rejects(readInput(join(path, '..')), /^Error: it is a directory$/);
});
