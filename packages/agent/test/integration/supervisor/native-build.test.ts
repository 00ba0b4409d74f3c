// SPDX-License-Identifier: MPL-2.0
// The committed helpers are what their source says, on every way in which it can be built.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { nullLogger, systemClock } from '#base';
import { locateHelper, Supervisor } from '#supervisor';
import { TaskSandbox } from '../../conformance/drivers/task-sandbox.ts';
import { isRoot } from './fixture.ts';

const script = fileURLToPath(new URL('../../../../../scripts/build-supervisor.sh', import.meta.url));
const native = fileURLToPath(new URL('../../../src/supervisor/native/', import.meta.url));
const compilers: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu-gcc',
  arm64: 'aarch64-linux-gnu-gcc',
};

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Of compiler and linker, without what is in brackets: a security update of the package changes no byte. */
function toolVersions(compiler: string): string {
  const firstLine = (program: string): string => {
    const version = /(\d+(\.\d+)+)\s*$/m.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }));
    return version?.[1] ?? '';
  };
  return `gcc ${firstLine(compiler)}\nld ${firstLine(compiler.replace(/gcc$/, 'ld'))}\n`;
}

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'serai-native-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Runs a task under the helper: output, exit code, signal, descendants, failed start. */
async function behaves(t: TestContext, helperPath: string): Promise<void> {
  const sandbox = new TaskSandbox(t);
  const supervisor = new Supervisor(
    { cacheDir: sandbox.base, helperPath, cgroupRoot: 'none' },
    { clock: systemClock, log: nullLogger },
  );
  const launch = (name: string, args: readonly string[], command = '/bin/sh') =>
    supervisor.launch({
      stateDir: join(sandbox.base, 'state', name),
      label: `${sandbox.allocId}/${name}`,
      command,
      args,
      env: { GREETING: 'hello' },
      workDir: '/',
      logs: { root: sandbox.allocDir, path: 'alloc/logs', name: 'web', maxFiles: 2, maxFileBytes: 100_000 },
    });
  await supervisor.prepare();
  const first = await launch('a', ['sh', '-c', 'head -c 250000 /dev/zero >&2; echo "$GREETING"; exit 7']);
  assert.equal((await first.wait()).exitCode, 7);
  assert.equal(sandbox.output().toString(), 'hello\n');
  assert.deepEqual(sandbox.logFiles('stderr'), ['web.stderr.1', 'web.stderr.2']);
  assert.equal(sandbox.output('stderr').length, 150_000);
  const second = await launch('b', ['sh', '-c', 'sleep 1000 & wait']);
  await second.stop({ signal: 15, timeoutMs: 10_000 });
  assert.equal((await second.wait()).signal, 15);
  await assert.rejects(launch('c', ['x'], '/no/such/program'), /it does not exist/);
}

for (const [arch, compiler] of Object.entries(compilers)) {
  test(`the helper for ${arch} is built from its source, byte by byte`, {
    skip: has(compiler) ? false : `${compiler} is not installed`,
  }, async (t) => {
    const directory = temporary(t);
    execFileSync(script, [directory, arch], { stdio: 'pipe' });
    const built = readFileSync(join(directory, `serai-supervisor-${arch}`));
    const committed = readFileSync(join(native, 'prebuilt', `serai-supervisor-${arch}`));
    if (toolVersions(compiler) === readFileSync(join(native, 'prebuilt', 'BUILD'), 'utf8'))
      assert.ok(built.equals(committed));
    else t.diagnostic('another compiler than that of the committed helper: only behaviour is compared');
    if (arch === process.arch) await behaves(t, join(directory, `serai-supervisor-${arch}`));
  });
}

test('the committed helper works', (t) =>
  behaves(t, join(native, 'prebuilt', `serai-supervisor-${process.arch}`)));

test('input that is no specification starts nothing and crashes nothing', () => {
  const helper = join(native, 'prebuilt', `serai-supervisor-${process.arch}`);
  const answer = (input: Buffer): string => {
    const { stdout, signal } = spawnSync(helper, { input, timeout: 10_000 });
    assert.equal(signal, null, `died of ${signal} for ${input.toString('hex')}`);
    return stdout.toString();
  };
  const withLength = (body: Buffer): Buffer =>
    Buffer.concat([Buffer.from(String(body.length).padStart(8, '0')), body]);
  // letters that need a value are given, so that the checks after the fields are reached as well
  const field = fc.tuple(fc.constantFrom(...'LlNmncdCbugGaex'), fc.string({ maxLength: 10 }));
  const body = fc
    .array(field)
    .map((list) => Buffer.from(list.map(([letter, text]) => `${letter}${text}\0`).join('')));
  const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
  const input = fc.oneof(bytes, bytes.map(withLength), body.map(withLength));
  fc.assert(
    fc.property(input, (data) => {
      assert.match(answer(data), /^error [a-z ]+ \d+\n$/);
    }),
    { numRuns: 100 },
  );
  for (const text of ['', '0', '00000000', '99999999x', '-0000001x', '4194305x']) answer(Buffer.from(text));
});

test('a machine without a prebuilt helper compiles one', {
  skip: has('cc') ? false : 'no C compiler is installed',
}, async (t) => {
  const cacheDir = temporary(t);
  const nativeDir = temporary(t);
  for (const name of ['supervisor.c', 'sys.h']) execFileSync('cp', [join(native, name), nativeDir]);
  const path = await locateHelper({ cacheDir, nativeDir, platform: 'linux', arch: 'some-other' });
  assert.ok(path.startsWith(cacheDir));
  const made = statSync(path).mtimeMs;
  await behaves(t, path);
  assert.equal(await locateHelper({ cacheDir, nativeDir, platform: 'linux', arch: 'some-other' }), path);
  assert.equal(statSync(path).mtimeMs, made, 'compiled once only');
});

const emulator = '/usr/bin/qemu-aarch64-static';

test('the helper for arm64 reads its specification and reports under an emulator', {
  skip:
    process.arch !== 'x64' || !existsSync(emulator) || !isRoot
      ? 'needs root and qemu-aarch64-static on x64'
      : false,
}, (t) => {
  const directory = temporary(t);
  const fields = [`S${directory}`, 'c/no/such/program', 'd/', 'bboot', 'aprogram', 'eA=b'];
  const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
  const input = Buffer.concat([Buffer.from(String(body.length).padStart(8, '0')), body]);
  const run = (spec: Buffer): string => {
    try {
      return execFileSync(emulator, [join(native, 'prebuilt', 'serai-supervisor-arm64')], {
        input: spec,
        encoding: 'utf8',
        timeout: 20_000,
      });
    } catch (error) {
      return error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    }
  };
  assert.equal(run(input), 'error exec 2\n');
  assert.equal(run(input.subarray(0, 20)), 'error specification 71\n');
  const working = Buffer.from(body.toString().replace('/no/such/program', '/bin/true\0apadding'));
  const length = Buffer.from(String(working.length).padStart(8, '0'));
  assert.match(run(Buffer.concat([length, working])), /^ok \d+ \d+ \d+ \d+\n$/);
});
