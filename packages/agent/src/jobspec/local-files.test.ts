// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { seededRandom } from '#base';
import { localFiles } from './local-files.ts';
import { parseJob } from './parse.ts';

const directory = mkdtempSync(join(tmpdir(), 'serai-files-'));
after(() => rmSync(directory, { recursive: true, force: true }));
mkdirSync(join(directory, 'conf/sub'), { recursive: true });
writeFileSync(join(directory, 'conf/a.txt'), 'A');
writeFileSync(join(directory, 'conf/sub/b.txt'), 'BB');
writeFileSync(join(directory, 'conf/c.md'), 'C');

const files = localFiles(directory);

test('relative paths start at the directory, ~ at home', () => {
  assert.equal(files.absolute('conf/a.txt'), join(directory, 'conf/a.txt'));
  assert.equal(files.absolute('/etc/x'), '/etc/x');
  assert.equal(files.expandHome('~/x'), join(homedir(), 'x'));
  assert.equal(files.expandHome('a~'), 'a~');
});

test('only regular files exist', () => {
  assert.equal(files.exists('conf/a.txt'), true);
  assert.equal(files.exists('conf'), false);
  assert.equal(files.exists('conf/none'), false);
});

test('reading has a limit and says what is wrong', () => {
  assert.equal(new TextDecoder().decode(files.read('conf/sub/b.txt', 2)), 'BB');
  assert.throws(() => files.read('conf/sub/b.txt', 1), /2 bytes; 1 are allowed/);
  assert.throws(() => files.read('conf', 10), /not a regular file/);
  assert.throws(() => files.read('none', 10), /no file exists at/);
});

test('patterns find files below, sorted and bounded', () => {
  assert.deepEqual(files.glob('conf', '**/*.txt', 10), ['a.txt', 'sub/b.txt']);
  assert.deepEqual(files.glob('conf', '*.none', 10), []);
  assert.throws(() => files.glob('conf', '**/*', 1), /more than 1 files/);
});

test('a job file reads files beside it', () => {
  const source = `job "a" {
    meta {
      text  = file("conf/a.txt")
      list  = join(",", fileset("conf", "**/*.txt"))
      there = fileexists("conf/none")
    }
  }`;
  const { job } = parseJob({ source, filename: 'x' }, { random: seededRandom(1), files });
  assert.deepEqual(job.Meta, { text: 'A', list: 'a.txt,sub/b.txt', there: 'false' });
});

test('a missing file is reported at its place', () => {
  const source = 'job "a" {\n  name = file("none")\n}';
  assert.throws(
    () => parseJob({ source, filename: 'x' }, { random: seededRandom(1), files }),
    /x:2,\d+-\d+: .*no file exists at/s,
  );
});
