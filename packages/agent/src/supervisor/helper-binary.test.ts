// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '#base';
import { locateHelper } from './helper-binary.ts';

function directories(t: TestContext): { cacheDir: string; nativeDir: string } {
  const base = mkdtempSync(join(tmpdir(), 'serai-helper-'));
  t.after(() => rmSync(base, { recursive: true }));
  mkdirSync(join(base, 'native', 'prebuilt'), { recursive: true });
  return { cacheDir: join(base, 'cache'), nativeDir: join(base, 'native') };
}

test('both architectures have a prebuilt helper that can be executed, of a few kilobytes', async (t) => {
  const { cacheDir } = directories(t);
  for (const arch of ['x64', 'arm64']) {
    const path = await locateHelper({ cacheDir, platform: 'linux', arch });
    assert.match(path, new RegExp(`native/prebuilt/serai-supervisor-${arch}$`));
    assert.ok(statSync(path).size < 20_000);
  }
});

test('a helper that lost its permission is copied once to where it can have it', async (t) => {
  const options = { ...directories(t), platform: 'linux', arch: 'x64' };
  writeFileSync(join(options.nativeDir, 'prebuilt', 'serai-supervisor-x64'), 'program', { mode: 0o644 });
  const path = await locateHelper(options);
  assert.ok(path.startsWith(options.cacheDir));
  assert.equal(statSync(path).mode & 0o777, 0o755);
  const { ino } = statSync(path);
  assert.equal(await locateHelper(options), path);
  assert.equal(statSync(path).ino, ino);
});

test('other systems are refused by name', async (t) => {
  await assert.rejects(
    locateHelper({ ...directories(t), platform: 'darwin', arch: 'arm64' }),
    (error: unknown) =>
      error instanceof AppError && error.code === 'unsupported' && /darwin/.test(error.message),
  );
});

test('an architecture without a helper and without a way to compile it is told what to do', async (t) => {
  const options = { ...directories(t), platform: 'linux', arch: 'riscv64' };
  writeFileSync(join(options.nativeDir, 'supervisor.c'), '#error "does not compile"');
  writeFileSync(join(options.nativeDir, 'sys.h'), '');
  await assert.rejects(locateHelper(options), (error: unknown) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'unsupported');
    assert.match(
      error.message,
      /no prebuilt supervisor for riscv64, and compiling it with "cc" failed: install a C compiler/,
    );
    return true;
  });
});

test('an installation without helpers and sources is told where it looked', async (t) => {
  const options = { ...directories(t), platform: 'linux', arch: 'riscv64' };
  await assert.rejects(locateHelper(options), /neither a supervisor for riscv64 nor its source in .*native$/);
});
