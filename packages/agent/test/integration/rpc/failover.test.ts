// SPDX-License-Identifier: MPL-2.0
// A client with a list of real servers, some of them gone.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { Job_List, Job_Register, make, Status_Leader, Status_Ping } from '@serai/api';
import { nullLogger, seededRandom, systemClock } from '#base';
import { ServersCaller } from '#rpc';
import { rpcPair } from './rpc-pair.ts';

const query = make(Status_Ping.request, { Region: 'global' });
const shared = { clock: systemClock, log: nullLogger, random: seededRandom(5) };

test('calls move to a server that answers, and a blocking read survives the loss of its server', async (t) => {
  const first = await rpcPair(t);
  const second = await rpcPair(t);
  const { pool } = first;
  for (const [name, { router }] of [
    ['first', first],
    ['second', second],
  ] as const) {
    router.handle(Status_Leader, () => name);
  }
  const caller = new ServersCaller(
    { servers: [first.address, second.address], region: 'global' },
    { ...shared, pool },
  );
  t.after(() => caller.stop());
  const leading = (): typeof first => (caller.servers.addresses[0] === first.address ? first : second);
  const [busy, spare] = leading() === first ? [first, second] : [second, first];
  const waiting = Promise.withResolvers<void>();
  busy.router.handle(Job_List, async (_, context) => {
    waiting.resolve();
    await once(context.signal, 'abort');
    return make(Job_List.reply, {});
  });
  spare.router.handle(Job_List, () => make(Job_List.reply, { Index: 12 }));
  const blocking = caller.call(Job_List, make(Job_List.request, { MinQueryIndex: 11, MaxQueryTime: 60e9 }));
  await waiting.promise;
  await busy.listener.stop();
  assert.equal((await blocking).Index, 12);
  assert.equal(await caller.call(Status_Leader, query), spare === first ? 'first' : 'second');
});

test('a write on a connection that breaks is not sent twice', async (t) => {
  const first = await rpcPair(t);
  const second = await rpcPair(t);
  let received = 0;
  const started = Promise.withResolvers<void>();
  for (const { router } of [first, second]) {
    router.handle(Job_Register, async (_, context) => {
      received += 1;
      started.resolve();
      await once(context.signal, 'abort');
      return make(Job_Register.reply, {});
    });
  }
  const caller = new ServersCaller(
    { servers: [first.address, second.address], region: 'global' },
    { ...shared, pool: first.pool },
  );
  t.after(() => caller.stop());
  const write = caller.call(Job_Register, make(Job_Register.request, {}));
  await started.promise;
  const failed = assert.rejects(write, { code: 'unavailable' });
  await Promise.all([first.listener.stop(), second.listener.stop()]);
  await failed;
  assert.equal(received, 1);
});

test('with no server left the error says so, after the time for retries', async (t) => {
  const gone = await rpcPair(t);
  await gone.listener.stop();
  const caller = new ServersCaller(
    { servers: [gone.address], region: 'global' },
    { ...shared, pool: gone.pool },
  );
  t.after(() => caller.stop());
  const controller = new AbortController();
  const call = caller.call(Status_Leader, query, { signal: controller.signal });
  setImmediate(() => setImmediate(() => controller.abort()));
  await assert.rejects(call, { name: 'AppError' });
});
