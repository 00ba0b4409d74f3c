// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  Allocations_GarbageCollect,
  Allocations_GarbageCollectAll,
  Allocations_Restart,
  Allocations_Signal,
  Allocations_Stats,
  ClientStats_Stats,
  FileSystem_List,
  FileSystem_Logs,
  FileSystem_Stat,
  FileSystem_Stream,
  make,
  type RequestOf,
  type RpcMethod,
  type StreamErrWrapper,
  type StreamMethod,
} from '@serai/api';
import { AppError, nullLogger } from '#base';
import { LocalCaller, type RpcStream } from '#rpc';
import { ClientBench, fakeAlloc, fakeTask } from '#testing';

async function setUp(t: TestContext, tasks = [fakeTask('web')]) {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc(tasks);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  const caller = new LocalCaller({}, { router: bench.router, clock: bench.clock, log: nullLogger });
  t.after(() => caller.stop());
  const call = <M extends RpcMethod>(method: M, args: Partial<RequestOf<M>>) =>
    caller.call(method, make(method.request, args) as RequestOf<M>);
  const stream = (method: StreamMethod, args: Record<string, unknown>) => caller.stream(method, args);
  return { bench, alloc, call, stream, dir: join(bench.dir, 'alloc', alloc.ID) };
}

const hasCode = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === code && text.test(error.message);

/** Frames as text; an error frame as `code: message`. */
async function texts(stream: RpcStream): Promise<string[]> {
  const out: string[] = [];
  for await (const frame of stream.frames()) {
    const { Error: failure, Payload } = frame as StreamErrWrapper;
    out.push(failure ? `${failure.Code}: ${failure.Message}` : Buffer.from(Payload ?? []).toString());
  }
  return out;
}

test('tasks can be restarted: one, all that run, and unknown ones are named', async (t) => {
  const { bench, alloc, call } = await setUp(t, [fakeTask('web'), fakeTask('side')]);
  await bench.until(() => bench.tasks.has('side'));
  await call(Allocations_Restart, { AllocID: alloc.ID, TaskName: 'web' });
  await bench.until(() => bench.tasks.names().filter((name) => name === 'web').length === 2);
  await bench.until(
    () => bench.events(alloc.ID, 'web').at(-1) === 'Started' && bench.state(alloc.ID, 'web').Restarts > 0,
  );
  assert.deepEqual(bench.tasks.of('side').stopped, undefined);
  assert.deepEqual(bench.events(alloc.ID, 'web').slice(-4), [
    'Restart Signaled',
    'Terminated',
    'Restarting',
    'Started',
  ]);
  assert.equal(bench.state(alloc.ID, 'web').Restarts, 1);
  await call(Allocations_Restart, { AllocID: alloc.ID });
  await bench.until(() => bench.tasks.started.length === 5);
  await assert.rejects(
    call(Allocations_Restart, { AllocID: alloc.ID, TaskName: 'nope' }),
    hasCode('invalid', /Could not find task runner for task: nope/),
  );
  await assert.rejects(
    call(Allocations_Restart, { AllocID: alloc.ID, TaskName: 'web', AllTasks: true }),
    hasCode('invalid', /cannot restart all/),
  );
});

test('restarting all tasks runs the allocation again in its order', async (t) => {
  const init = fakeTask('init', { Lifecycle: { Hook: 'prestart', Sidecar: false } });
  const { bench, alloc, call } = await setUp(t, [init, fakeTask('web')]);
  await bench.until(() => bench.tasks.has('init'));
  bench.tasks.exit('init', 0);
  await bench.until(() => bench.tasks.has('web'));
  await bench.pass(300);
  await call(Allocations_Restart, { AllocID: alloc.ID, AllTasks: true });
  await bench.until(() => bench.tasks.started.length === 3);
  await bench.pass(100);
  assert.deepEqual(bench.tasks.names(), ['init', 'web', 'init'], 'main waits for prestart again');
  bench.tasks.exit('init', 0);
  await bench.until(() => bench.tasks.started.length === 4);
  assert.equal(bench.tasks.names().at(-1), 'web');
});

test('signals reach one task or all; what does not run is an error', async (t) => {
  const { bench, alloc, call } = await setUp(t);
  await call(Allocations_Signal, { AllocID: alloc.ID, Task: 'web', Signal: 'SIGHUP' });
  await call(Allocations_Signal, { AllocID: alloc.ID, Signal: 'SIGUSR1' });
  assert.deepEqual(bench.tasks.of('web').signals, ['SIGHUP', 'SIGUSR1']);
  bench.tasks.exit('web', 0);
  await bench.until(() => bench.state(alloc.ID, 'web').State === 'dead');
  await assert.rejects(
    call(Allocations_Signal, { AllocID: alloc.ID, Task: 'web', Signal: 'SIGHUP' }),
    hasCode('invalid', /Task not running/),
  );
  await assert.rejects(
    call(Allocations_Signal, { AllocID: alloc.ID }),
    hasCode('invalid', /must provide a signal/),
  );
});

test('statistics of an allocation and of the machine', async (t) => {
  const { bench, alloc, call } = await setUp(t);
  const { Stats } = await call(Allocations_Stats, { AllocID: alloc.ID });
  assert.deepEqual(Object.keys(Stats?.Tasks ?? {}), ['web']);
  assert.ok(Stats?.ResourceUsage);
  const { HostStats } = await call(ClientStats_Stats, { NodeID: bench.client.nodeId });
  assert.equal(HostStats?.Memory?.Total, 25_165_824 * 1024);
  await assert.rejects(call(ClientStats_Stats, { NodeID: 'other' }), hasCode('not-found', /this is node/));
  const sampled = bench.metrics.totals().samples.map((sample) => `${sample.name} ${sample.count}`);
  assert.ok(sampled.includes('nomad.client.allocations.stats 1'));
  assert.ok(sampled.includes('nomad.client.client_stats.stats 2'), 'failures count, too');
});

test('only ended allocations can be collected', async (t) => {
  const { bench, alloc, call } = await setUp(t);
  await assert.rejects(
    call(Allocations_GarbageCollect, { AllocID: alloc.ID }),
    hasCode('invalid', /still runs/),
  );
  await call(Allocations_GarbageCollectAll, {});
  assert.equal(bench.client.allocationCount, 1);
  bench.tasks.exit('web', 1);
  await bench.untilStatus(alloc.ID, 'failed');
  await call(Allocations_GarbageCollectAll, { NodeID: bench.client.nodeId });
  assert.equal(bench.client.allocationCount, 0);
});

test('an allocation that is not here, or none at all, is said to be so', async (t) => {
  const { call, stream } = await setUp(t);
  for (const method of [
    Allocations_Restart,
    Allocations_Signal,
    Allocations_Stats,
    FileSystem_List,
    FileSystem_Stat,
  ]) {
    await assert.rejects(call(method, { AllocID: 'x' }), hasCode('not-found', /unknown allocation ID "x"/));
    await assert.rejects(call(method, {}), hasCode('invalid', /must provide a valid alloc id/));
  }
  assert.deepEqual(await texts(await stream(FileSystem_Logs, { AllocID: 'x' })), [
    '404: unknown allocation ID "x"',
  ]);
});

test('files are listed, described and read, with offset, limit and origin', async (t) => {
  const { alloc, call, stream, dir } = await setUp(t);
  await writeFile(join(dir, 'alloc/data/f'), '0123456789');
  const { Files } = await call(FileSystem_List, { AllocID: alloc.ID, Path: '/' });
  assert.deepEqual(
    Files?.map((file) => file.Name),
    ['alloc', 'web'],
  );
  const { Info } = await call(FileSystem_Stat, { AllocID: alloc.ID, Path: 'alloc/data/f' });
  assert.deepEqual([Info?.Size, Info?.IsDir], [10, false]);
  const read = async (args: Record<string, unknown>): Promise<string> =>
    (
      await texts(
        await stream(FileSystem_Stream, {
          AllocID: alloc.ID,
          Path: 'alloc/data/f',
          PlainText: true,
          ...args,
        }),
      )
    ).join('');
  assert.equal(await read({}), '0123456789');
  assert.equal(await read({ Offset: 3, Limit: 4 }), '3456');
  assert.equal(await read({ Origin: 'end', Offset: 2 }), '89');
  assert.equal(await read({ Offset: 100 }), '');
  assert.match(await read({ Origin: 'middle' }), /400: origin must be start or end/);
  assert.match(await read({ Path: '' }), /400: must provide a file path/);
  assert.match(await read({ Path: 'web/secrets/x' }), /403: Reading secret file prohibited/);
  assert.match(await read({ Path: '../../client/secret-id' }), /400: path .* must not contain/);
});

test('a followed file: data, then a heartbeat while it is quiet, then its end', async (t) => {
  const { bench, alloc, stream, dir } = await setUp(t);
  const path = join(dir, 'alloc/data/f');
  await writeFile(path, 'abc');
  const open = await stream(FileSystem_Stream, { AllocID: alloc.ID, Path: 'alloc/data/f', Follow: true });
  const frames = texts(open);
  await bench.pass(1_500);
  await appendFile(path, 'def');
  await bench.pass(500);
  const { rm } = await import('node:fs/promises');
  await rm(path);
  await bench.pass(1_000);
  const all = await frames;
  assert.equal(all[0], '{"Offset":3,"Data":"YWJj","File":"alloc/data/f"}');
  assert.ok(all.includes('{}'));
  assert.ok(all.includes('{"Offset":6,"Data":"ZGVm","File":"alloc/data/f"}'));
  assert.equal(all.at(-1), '{"Offset":6,"File":"alloc/data/f","FileEvent":"file deleted"}');
});

test('logs: what is asked for wrongly is said, also that a task has not started', async (t) => {
  const later = fakeTask('later', { Lifecycle: { Hook: 'poststop', Sidecar: false } });
  const { alloc, stream, dir } = await setUp(t, [fakeTask('web'), later]);
  const ask = async (args: Record<string, unknown>): Promise<string[]> =>
    await texts(
      await stream(FileSystem_Logs, {
        AllocID: alloc.ID,
        Task: 'web',
        LogType: 'stdout',
        PlainText: true,
        ...args,
      }),
    );
  assert.deepEqual(await ask({ Task: '' }), ['400: must provide task name']);
  assert.deepEqual(await ask({ LogType: 'x' }), ['400: must provide log type (stdout/stderr)']);
  assert.deepEqual(await ask({ Task: 'zzz' }), ['400: unknown task name "zzz"']);
  assert.deepEqual(await ask({ Task: 'later' }), ['404: task "later" not started yet. No logs available']);
  assert.deepEqual(await ask({}), []);
  await writeFile(join(dir, 'alloc/logs/web.stdout.0'), 'one\n');
  await writeFile(join(dir, 'alloc/logs/web.stdout.1'), 'two\n');
  assert.deepEqual(await ask({}), ['one\n', 'two\n']);
  assert.deepEqual(await ask({ Origin: 'end', Offset: 6 }), ['e\n', 'two\n']);
});

test('followed logs see new lines soon and end when the reader goes', async (t) => {
  const { bench, alloc, stream, dir } = await setUp(t);
  const path = join(dir, 'alloc/logs/web.stdout.0');
  await writeFile(path, 'one\n');
  const open = await stream(FileSystem_Logs, {
    AllocID: alloc.ID,
    Task: 'web',
    LogType: 'stdout',
    Follow: true,
    PlainText: true,
  });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const frame of open.frames())
      seen.push(Buffer.from((frame as StreamErrWrapper).Payload ?? []).toString());
  })();
  await bench.until(() => seen.length === 1);
  await appendFile(path, 'two\n');
  const beganMs = bench.clock.nowMs();
  await bench.until(() => seen.length === 2);
  assert.ok(bench.clock.nowMs() - beganMs <= 400);
  assert.deepEqual(seen, ['one\n', 'two\n']);
  open.close();
  await reading;
  // the file is not read any more: nothing keeps a watch or a handle, or the test would not end
  await bench.pass(500);
});
