// SPDX-License-Identifier: MPL-2.0
// What every RpcCaller promises, whether the handler runs in this process or behind a socket.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import {
  Allocations_Exec,
  FileSystem_Logs,
  Job_List,
  Job_Register,
  make,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  SnapshotSaveResponse,
  Status_Leader,
  Status_Peers,
  Status_Ping,
} from '@serai/api';
import { AppError } from '#base';
import { frameError, payloads, type Router, type RpcCaller } from '#rpc';

export interface CallerUnderTest {
  readonly caller: RpcCaller;
  /** Served by the other end. */
  readonly router: Router;
}
export type SetUp = (t: TestContext) => Promise<CallerUnderTest>;

const query = make(Status_Ping.request, { Region: 'global' });

async function collect(frames: AsyncIterable<unknown>): Promise<unknown[]> {
  const out: unknown[] = [];
  for await (const frame of frames) out.push(frame);
  return out;
}

export function rpcCallerContract(name: string, setUp: SetUp): void {
  callContract(name, setUp);
  streamContract(name, setUp);
}

function callContract(name: string, setUp: SetUp): void {
  test(`${name}: arguments and reply arrive as they are`, async (t) => {
    const { caller, router } = await setUp(t);
    router.handle(Job_List, (args) =>
      make(Job_List.reply, { Jobs: null, Index: args.MinQueryIndex, NextToken: args.Prefix }),
    );
    const args = make(Job_List.request, { MinQueryIndex: 7, Prefix: 'naïve ✓' });
    assert.deepEqual(
      await caller.call(Job_List, args),
      make(Job_List.reply, { Index: 7, NextToken: 'naïve ✓' }),
    );
  });

  test(`${name}: an error keeps its code and status`, async (t) => {
    const { caller, router } = await setUp(t);
    for (const code of ['invalid', 'denied', 'not-found', 'conflict', 'limit'] as const) {
      const error = new AppError(code, `${code}: x, y`);
      router.handle({ ...Status_Leader, name: `Errors.${code}` }, () => {
        throw error;
      });
      await assert.rejects(caller.call({ ...Status_Leader, name: `Errors.${code}` }, query), {
        name: 'AppError',
        code,
        status: error.status,
        message: error.message,
      });
    }
  });

  test(`${name}: an error without a status of its own ends with its text`, async (t) => {
    const { caller, router } = await setUp(t);
    router.handle(Status_Leader, () => {
      throw new AppError('unavailable', 'No path to region');
    });
    await assert.rejects(caller.call(Status_Leader, query), {
      code: 'unavailable',
      status: 500,
      message: /No path to region$/,
    });
  });

  test(`${name}: an unknown method is "unsupported"`, async (t) => {
    const { caller } = await setUp(t);
    await assert.rejects(caller.call(Status_Peers, query), { code: 'unsupported', message: /can't find/ });
    await assert.rejects(caller.stream(FileSystem_Logs, {}), {
      code: 'unsupported',
      message: 'Unknown rpc method: "FileSystem.Logs"',
    });
  });

  test(`${name}: a handler that throws something else is "internal"`, async (t) => {
    const { caller, router } = await setUp(t);
    router.handle(Status_Leader, () => {
      throw new TypeError('x is undefined');
    });
    await assert.rejects(caller.call(Status_Leader, query), { code: 'internal', message: /x is undefined$/ });
  });

  test(`${name}: giving up rejects at once and aborts the handler`, async (t) => {
    const { caller, router } = await setUp(t);
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    router.handle(Job_Register, async (_, context) => {
      started.resolve();
      await once(context.signal, 'abort');
      aborted.resolve();
      return make(Job_Register.reply, {});
    });
    const controller = new AbortController();
    const call = caller.call(Job_Register, make(Job_Register.request, {}), { signal: controller.signal });
    await started.promise;
    controller.abort();
    await assert.rejects(call, { name: 'AppError', code: 'canceled' });
    await aborted.promise;
  });

  test(`${name}: a time-out rejects and aborts the handler`, async (t) => {
    const { caller, router } = await setUp(t);
    const aborted = Promise.withResolvers<void>();
    router.handle(Status_Leader, async (_, context) => {
      await once(context.signal, 'abort');
      aborted.resolve();
      return '';
    });
    await assert.rejects(caller.call(Status_Leader, query, { timeoutMs: 15 }), {
      code: 'timeout',
      message: 'Status.Leader: no answer within 15 ms',
    });
    await aborted.promise;
  });

  test(`${name}: slow and quick calls do not wait for each other`, async (t) => {
    const { caller, router } = await setUp(t);
    const release = Promise.withResolvers<void>();
    router.handle(Job_List, async () => {
      await release.promise;
      return make(Job_List.reply, {});
    });
    router.handle(Status_Leader, () => 'quick');
    const slow = Array.from({ length: 20 }, () => caller.call(Job_List, make(Job_List.request, {})));
    assert.equal(await caller.call(Status_Leader, query), 'quick');
    release.resolve();
    await Promise.all(slow);
  });
}

function streamContract(name: string, setUp: SetUp): void {
  test(`${name}: frames go both ways, in order`, async (t) => {
    const { caller, router } = await setUp(t);
    router.handleStream(Allocations_Exec, async (args, stream) => {
      assert.equal(args.Task, 'web');
      assert.equal(args.Namespace, '');
      for await (const frame of stream.frames()) {
        const { Stdin } = frame as { Stdin: { Data: Uint8Array; Close: boolean } };
        await stream.send({ Error: null, Payload: Stdin.Data });
        if (Stdin.Close) return;
      }
    });
    const stream = await caller.stream(Allocations_Exec, { Task: 'web' });
    for (const [text, close] of [
      ['a', false],
      ['b', false],
      ['c', true],
    ] as const) {
      await stream.send({ Setup: null, Stdin: { Data: Buffer.from(text), Close: close }, TtySize: null });
    }
    const out: string[] = [];
    for await (const piece of payloads(stream)) out.push(Buffer.from(piece).toString());
    assert.deepEqual(out, ['a', 'b', 'c']);
  });

  test(`${name}: the failure of a stream handler is its last frame`, async (t) => {
    const { caller, router } = await setUp(t);
    router.handleStream(FileSystem_Logs, async (_, stream) => {
      await stream.send({ Error: null, Payload: Buffer.from('x') });
      throw new AppError('not-found', 'no such task');
    });
    const frames = await collect((await caller.stream(FileSystem_Logs, {})).frames());
    assert.equal(frames.length, 2);
    const error = frameError(frames[1]);
    assert.deepEqual([error?.code, error?.status, error?.message], ['not-found', 404, 'no such task']);
  });

  test(`${name}: a caller that closes, stops reading or aborts ends the handler`, async (t) => {
    const { caller, router } = await setUp(t);
    let ended = Promise.withResolvers<void>();
    router.handleStream(FileSystem_Logs, async (_, stream, context) => {
      try {
        while (!context.signal.aborted) await stream.send({ Error: null, Payload: Buffer.from('line\n') });
      } finally {
        ended.resolve();
      }
    });
    const closed = await caller.stream(FileSystem_Logs, {});
    closed.close();
    await ended.promise;

    ended = Promise.withResolvers();
    for await (const _ of (await caller.stream(FileSystem_Logs, {})).frames()) break;
    await ended.promise;

    ended = Promise.withResolvers();
    const controller = new AbortController();
    await caller.stream(FileSystem_Logs, {}, { signal: controller.signal });
    controller.abort();
    await ended.promise;
  });

  test(`${name}: a reader that is slow holds the sender back`, async (t) => {
    const { caller, router } = await setUp(t);
    let sent = 0;
    router.handleStream(FileSystem_Logs, async (_, stream, context) => {
      const Payload = Buffer.alloc(64 * 1024);
      while (!context.signal.aborted && sent < 2_000) {
        await stream.send({ Error: null, Payload });
        sent += 1;
      }
    });
    const stream = await caller.stream(FileSystem_Logs, {});
    const frames = stream.frames()[Symbol.asyncIterator]();
    await frames.next();
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(sent < 200, `${sent} frames of 64 KiB were taken in`);
    stream.close();
  });

  test(`${name}: a sender learns that the handler has ended, and still reads its answer`, async (t) => {
    const { caller, router } = await setUp(t);
    router.handleStream(Operator_SnapshotRestore, async () => {
      throw new AppError('denied', 'Permission denied');
    });
    const stream = await caller.stream(Operator_SnapshotRestore, {});
    const upload = async (): Promise<void> => {
      for (;;) await stream.send({ Error: null, Payload: Buffer.alloc(64 * 1024) });
    };
    await assert.rejects(upload(), { name: 'AppError', code: 'canceled' });
    const [answer] = await collect(stream.frames());
    assert.equal(frameError(answer)?.code, 'denied');
  });

  test(`${name}: raw bytes follow the first frame of a snapshot`, async (t) => {
    const { caller, router } = await setUp(t);
    const archive = Buffer.alloc(700_000, '0123456789');
    router.handleStream(Operator_SnapshotSave, async (_, stream) => {
      await stream.send(make(SnapshotSaveResponse, { SnapshotChecksum: 'sha-256=x' }));
      for (let at = 0; at < archive.length; at += 100_000)
        await stream.send(archive.subarray(at, at + 100_000));
    });
    const [first, ...rest] = await collect((await caller.stream(Operator_SnapshotSave, {})).frames());
    assert.equal((first as SnapshotSaveResponse).SnapshotChecksum, 'sha-256=x');
    assert.ok(Buffer.concat(rest as Uint8Array[]).equals(archive));
  });
}
