// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sniffContentType } from './content-type.ts';
import { formatFileMode } from './file-mode.ts';
import { findPosition, logFilesOf } from './log-files.ts';

const entry = (name: string, sizeBytes = 10) => ({ name, sizeBytes });

test("a task's log files are found among others and put in order", () => {
  const entries = [
    'web.stdout.10',
    'web.stdout.9',
    'web.stderr.0',
    'web.stdout.x',
    'web.stdout.',
    'webb.stdout.1',
    '.web.stdout.fifo',
  ];
  assert.deepEqual(
    logFilesOf(
      entries.map((name) => entry(name)),
      'web',
      'stdout',
    ).map((file) => file.name),
    ['web.stdout.9', 'web.stdout.10'],
  );
});

test('offsets count over all files, from both ends', () => {
  const files = logFilesOf(
    [entry('t.stdout.3', 10), entry('t.stdout.4', 20), entry('t.stdout.5', 5)],
    't',
    'stdout',
  );
  const find = (origin: 'start' | 'end', offset: number) => {
    const found = findPosition(files, origin, offset);
    return found && `${found.file.index}@${found.offset}`;
  };
  assert.equal(find('start', 0), '3@0');
  assert.equal(find('start', 15), '4@5');
  assert.equal(find('start', 999), '5@5');
  assert.equal(find('end', 0), '5@5');
  assert.equal(find('end', 7), '4@18');
  assert.equal(find('end', 999), '3@0');
  assert.equal(find('start', -5), '3@0');
  assert.equal(findPosition([], 'start', 0), undefined);
});

test('from the start or from the end: the same byte', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }), fc.nat(300), (sizes, raw) => {
      const files = sizes.map((sizeBytes, index) => ({ name: `t.stdout.${index}`, index, sizeBytes }));
      const total = sizes.reduce((a, b) => a + b, 0);
      const offset = Math.min(raw, total);
      const absolute = (origin: 'start' | 'end', n: number): number => {
        const found = findPosition(files, origin, n);
        assert.ok(found);
        return sizes.slice(0, found.file.index).reduce((a, b) => a + b, 0) + found.offset;
      };
      assert.equal(absolute('start', offset), absolute('end', total - offset));
    }),
  );
});

test('modes are written as Go writes them', () => {
  assert.equal(formatFileMode('file', 0o644), '-rw-r--r--');
  assert.equal(formatFileMode('directory', 0o777), 'drwxrwxrwx');
  assert.equal(formatFileMode('directory', 0o1777), 'dtrwxrwxrwx');
  assert.equal(formatFileMode('fifo', 0o600), 'prw-------');
  assert.equal(formatFileMode('symlink', 0o777), 'Lrwxrwxrwx');
  assert.equal(formatFileMode('file', 0o4755), 'urwxr-xr-x');
  assert.equal(formatFileMode('socket', 0o700), 'Srwx------');
});

test('content is text or bytes, never something a browser runs', () => {
  assert.equal(sniffContentType(Buffer.from('<html><script>')), 'text/plain; charset=utf-8');
  assert.equal(sniffContentType(Buffer.from('')), 'text/plain; charset=utf-8');
  assert.equal(sniffContentType(Buffer.from([0x7f, 0x45, 0])), 'application/octet-stream');
  assert.equal(sniffContentType(Buffer.from([0xff, 0xfe, 0x41])), 'application/octet-stream');
  assert.equal(
    sniffContentType(Buffer.from('é').subarray(0, 1)),
    'text/plain; charset=utf-8',
    'cut in a character',
  );
});
