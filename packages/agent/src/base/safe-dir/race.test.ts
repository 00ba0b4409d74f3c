// SPDX-License-Identifier: MPL-2.0
// A task that swaps directories and links as fast as it can while the agent works in them.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SafeDir } from '#base';

/** Swaps `<root>/d` between a directory and a link to outside, and `<root>/d/f` between a file and a link. */
const racer = `
const { workerData, parentPort } = require('node:worker_threads');
const fs = require('node:fs');
const { root, outside, stop } = workerData;
const flag = new Int32Array(stop);
const attempt = (work) => { try { work(); } catch {} };
fs.mkdirSync(root + '/d');
fs.symlinkSync(outside, root + '/l');
parentPort.postMessage('ready');
while (Atomics.load(flag, 0) === 0) {
  attempt(() => fs.renameSync(root + '/d', root + '/t'));
  attempt(() => fs.renameSync(root + '/l', root + '/d'));
  attempt(() => fs.renameSync(root + '/d', root + '/l'));
  attempt(() => fs.renameSync(root + '/t', root + '/d'));
  attempt(() => fs.writeFileSync(root + '/d/f', 'inside', { flag: 'wx' }));
  attempt(() => fs.unlinkSync(root + '/d/f'));
  attempt(() => fs.symlinkSync(outside + '/secret', root + '/d/f'));
  attempt(() => fs.unlinkSync(root + '/d/f'));
  attempt(() => fs.mkdirSync(root + '/d'));
}
`;

/** Rounds of every call: some thousand system calls against as many swaps. */
const rounds = 150;

test('a racing task never makes a call leave the root', { timeout: 60_000 }, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'serai-race-'));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const root = join(base, 'root');
  const outside = join(base, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'outside');
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(racer, { eval: true, workerData: { root, outside, stop } });
  await new Promise((resolve) => worker.once('message', resolve));
  const seen = { ok: 0, refused: 0 };
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      seen.ok++;
    } catch {
      seen.refused++;
    }
  };
  try {
    for (const dir of [new SafeDir(root), new SafeDir(root, { links: 'inside' })]) {
      for (let round = 0; round < rounds; round++) {
        await attempt(async () => assertInside((await dir.readFile('d/f')).toString()));
        await attempt(() => dir.writeFile('d/f', 'inside'));
        await attempt(async () => {
          await using file = await dir.openWrite('d/f', { how: 'append' });
          await file.write('inside');
        });
        await attempt(() => dir.mkdir('d/new', { recursive: true }));
        await attempt(async () => {
          for (const entry of await dir.list('d')) assertInside(entry.name);
        });
        await attempt(() => dir.remove('d/f'));
        await attempt(() => dir.setAttributes('d/f', { mode: 0o777 }));
        await attempt(() => dir.remove('d', { recursive: true }));
      }
    }
  } finally {
    Atomics.store(new Int32Array(stop), 0, 1);
    await new Promise((resolve) => worker.once('exit', resolve));
  }
  assert.deepEqual(escapes, []);
  assert.deepEqual(readdirSync(outside), ['secret']);
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'outside');
  assert.ok(seen.ok > 0 && seen.refused > 0, `the race must be won and lost: ${JSON.stringify(seen)}`);
});

const escapes: string[] = [];
function assertInside(text: string): void {
  if (text.includes('outside') || text.includes('secret')) escapes.push(text);
}
