// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '#base';
import { mockBatchJob, mockTask } from '#testing';
import { AllocDir } from '../../task/alloc-dir.ts';
import type { TaskHookContext } from '../task-hook.ts';
import { dispatchPayloadHook } from './dispatch-payload.ts';

interface Scene {
  readonly local: string;
  readonly outside: string;
  /** Runs the hook for a task that wants its payload in this file. */
  start(file: string, payload: string | null): Promise<void>;
}

async function scene(t: TestContext): Promise<Scene> {
  const root = await mkdtemp(join(tmpdir(), 'serai-payload-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const [allocRoot, stateRoot, outside] = ['alloc', 'state', 'outside'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [allocRoot, stateRoot, outside]) await mkdir(path);
  const allocDir = new AllocDir({ allocRoot, stateRoot, allocId: systemRandom.uuid() });
  await allocDir.build(['web']);
  await allocDir.buildTask('web');
  return {
    local: join(allocDir.path, 'web/local'),
    outside,
    start: async (file, payload) => {
      const context = {
        allocDir,
        job: mockBatchJob({ Payload: payload }),
        task: mockTask({ Name: 'web', DispatchPayload: { File: file } }),
      };
      // The hook uses nothing else.
      await dispatchPayloadHook.prestart?.(context as unknown as TaskHookContext, {
        hookEnv: {},
        env: undefined,
      });
    },
  };
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

test('the payload is written byte by byte where the task wants it', async (t) => {
  const { local, start } = await scene(t);
  const bytes = Buffer.from([0, 255, 10, 13, 128, 0]);
  await start('input.bin', base64(bytes));
  assert.deepEqual(await readFile(join(local, 'input.bin')), bytes);
  assert.equal((await stat(join(local, 'input.bin'))).mode & 0o777, 0o644);
  await start('deep/er/input.txt', base64('hello'));
  assert.equal(await readFile(join(local, 'deep/er/input.txt'), 'utf8'), 'hello');
});

test('at a restart the task finds its payload as it was', async (t) => {
  const { local, start } = await scene(t);
  await start('input', base64('a longer text'));
  await writeFile(join(local, 'input'), 'changed');
  await start('input', base64('a longer text'));
  assert.equal(await readFile(join(local, 'input'), 'utf8'), 'a longer text');
});

test('without a payload, or a task that wants it, nothing is written', async (t) => {
  const { local, start } = await scene(t);
  await start('input', null);
  await start('', base64('hello'));
  assert.deepEqual(await readdir(local), []);
});

test('nothing is written outside of the task, neither by a path nor through a link', async (t) => {
  const { local, outside, start } = await scene(t);
  const payload = base64('evil');
  await assert.rejects(start('../../../../outside/file', payload));
  await symlink(outside, join(local, 'door'));
  await assert.rejects(start('door/file', payload));
  await writeFile(join(outside, 'victim'), 'safe');
  await symlink(join(outside, 'victim'), join(local, 'file'));
  await start('file', payload).catch(() => {});
  assert.equal(await readFile(join(outside, 'victim'), 'utf8'), 'safe');
  assert.deepEqual(await readdir(outside), ['victim']);
});
