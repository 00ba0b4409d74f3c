// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FileSystem_Logs,
  Job_List,
  Job_Register,
  make,
  Status_Leader,
  Status_Ping,
  type StreamMethod,
} from '@serai/api';
import { AppError, nullLogger, seededRandom } from '#base';
import { FakeRpcStream, VirtualClock } from '#testing';
import { connectionError } from '../wire-error.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { ServersCaller } from './servers-caller.ts';

const second = 1e9;

interface Sent {
  readonly server: string;
  readonly method: string;
  readonly args: { readonly MinQueryIndex?: number; readonly MaxQueryTime?: number };
}

/** Servers whose answers the test writes down: a function per address. */
class FakePool {
  readonly sent: Sent[] = [];
  readonly answers = new Map<string, (method: string) => unknown>();

  readonly pool = {
    call: async (server: string, request: { method: { name: string }; args: unknown }) =>
      this.#answer(server, request.method.name, request.args),
    stream: async (server: string, request: { method: StreamMethod; args: unknown }) => {
      this.#answer(server, request.method.name, request.args);
      return new FakeRpcStream((async function* () {})());
    },
  } as unknown as Pick<ConnectionPool, 'call' | 'stream'>;

  #answer(server: string, method: string, args: unknown): unknown {
    this.sent.push({ server, method, args: args as Sent['args'] });
    return this.answers.get(server)?.(method);
  }
}

function setUp(servers: readonly string[]): { fake: FakePool; clock: VirtualClock; caller: ServersCaller } {
  const fake = new FakePool();
  const clock = new VirtualClock();
  const caller = new ServersCaller(
    { servers, region: 'global' },
    { pool: fake.pool, clock, random: seededRandom(3), log: nullLogger },
  );
  return { fake, clock, caller };
}

/** Moves time while the promise is open. */
async function drive<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let open = true;
  const settled = work.finally(() => {
    open = false;
  });
  settled.catch(() => {});
  while (open) await clock.advance(50);
  return await settled;
}

function fail(error: AppError): () => never {
  return () => {
    throw error;
  };
}
const refused = fail(connectionError('dial', 'connection refused'));
const broken = fail(connectionError('lost', 'EOF'));
const noLeader = fail(new AppError('unavailable', 'rpc error: No cluster leader'));
const query = make(Status_Ping.request, {});

test('without servers there is nobody to call', async () => {
  const { caller } = setUp([]);
  await assert.rejects(caller.call(Status_Leader, query), { code: 'unavailable', message: 'no servers' });
});

test('a server that can not be reached is passed over at once, also by a write', async () => {
  const { fake, caller } = setUp(['a', 'b']);
  const [first = ''] = caller.servers.addresses;
  fake.answers.set(first, refused);
  await caller.call(Job_Register, make(Job_Register.request, {}));
  assert.deepEqual(
    fake.sent.map(({ server }) => server === first),
    [true, false],
  );
  assert.notEqual(caller.servers.addresses[0], first, 'the next call starts with the other');
});

test('a read is sent again when the connection broke, a write is not', async () => {
  const { fake, clock, caller } = setUp(['a', 'b']);
  const [first = ''] = caller.servers.addresses;
  fake.answers.set(first, broken);
  await drive(clock, caller.call(Job_List, make(Job_List.request, {})));
  assert.equal(fake.sent.length, 2);
  fake.answers.set('a', broken).set('b', broken);
  fake.sent.length = 0;
  await assert.rejects(caller.call(Job_Register, make(Job_Register.request, {})), {
    message: 'rpc error: EOF',
  });
  assert.equal(fake.sent.length, 1);
});

test('without a leader reads and writes are tried for 5 s', async () => {
  const { fake, clock, caller } = setUp(['a']);
  fake.answers.set('a', noLeader);
  const startMs = clock.nowMs();
  await assert.rejects(
    drive(clock, caller.call(Job_Register, make(Job_Register.request, {}))),
    /No cluster leader/,
  );
  const tookMs = clock.nowMs() - startMs;
  assert.ok(tookMs >= 5_000 && tookMs < 5_500, `${tookMs} ms`);
  assert.ok(fake.sent.length > 10);
});

test('errors of the handler are not tried again and keep the order of the servers', async () => {
  const { fake, caller } = setUp(['a', 'b']);
  const order = caller.servers.addresses;
  fake.answers
    .set('a', fail(new AppError('denied', 'Permission denied')))
    .set('b', fake.answers.get('a') ?? refused);
  await assert.rejects(caller.call(Job_List, make(Job_List.request, {})), { code: 'denied' });
  assert.equal(fake.sent.length, 1);
  assert.equal(caller.servers.addresses, order);
});

test('a blocking query that is tried again asks for the time that is left, at last without blocking', async () => {
  const { fake, clock, caller } = setUp(['a']);
  const failAfterMs = [20_000, 20_000, 30_000];
  fake.answers.set('a', () => {
    const delay = failAfterMs.shift();
    return delay === undefined ? make(Job_List.reply, { Index: 9 }) : clock.sleep(delay).then(broken);
  });
  const args = make(Job_List.request, { MinQueryIndex: 5, MaxQueryTime: 60 * second });
  const reply = await drive(clock, caller.call(Job_List, args));
  assert.equal(reply.Index, 9);
  assert.deepEqual(
    fake.sent.map(({ args: sent }) => [sent.MinQueryIndex, Math.round((sent.MaxQueryTime ?? 0) / second)]),
    [
      [5, 60],
      [5, 44],
      [5, 24],
      [0, 0],
    ],
  );
});

test('giving up while waiting ends the tries', async () => {
  const { fake, clock, caller } = setUp(['a']);
  fake.answers.set('a', noLeader);
  const controller = new AbortController();
  const call = caller.call(Job_List, make(Job_List.request, {}), { signal: controller.signal });
  const failed = assert.rejects(call, AppError);
  await clock.waitForTimers();
  controller.abort();
  await failed;
  assert.equal(clock.pendingTimers, 0);
});

test('a stream opens on the next server when the first can not be reached', async () => {
  const { fake, caller } = setUp(['a', 'b']);
  fake.answers.set(caller.servers.addresses[0] ?? '', refused);
  await caller.stream(FileSystem_Logs, {});
  assert.equal(fake.sent.length, 2);
  fake.answers.set('a', refused).set('b', refused);
  await assert.rejects(caller.stream(FileSystem_Logs, {}), /connection refused/);
});

test('servers are rebalanced after 5 minutes, later with more nodes', async () => {
  const { fake, clock, caller } = setUp(['a', 'b', 'c']);
  await caller.start();
  await clock.waitForTimers();
  await clock.advance(299_000);
  assert.equal(fake.sent.length, 0);
  caller.setNodeCount(1_000_000);
  await clock.advance(2_000);
  assert.deepEqual(
    fake.sent.map(({ method }) => method),
    ['Status.Ping'],
  );
  // 1,000,000 nodes / (3 servers x 64 per second) = 5,208 s and up to as much again.
  await clock.advance(5_200_000);
  assert.equal(fake.sent.length, 1);
  await clock.advance(5_300_000);
  assert.equal(fake.sent.length, 2);
  await caller.stop();
  assert.equal(clock.pendingTimers, 0);
});
