// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { make, Node, Node_Register, Node_UpdateStatus } from '@serai/api';
import { AppError, nullLogger, nullMetrics, seededRandom } from '#base';
import { FakeNodeServer, VirtualClock } from '#testing';
import { maxPendingEvents, NodeEvents } from './node-events.ts';
import { Registration } from './registration.ts';

const second = 1_000;

async function setUp(t: TestContext, options: { devMode?: boolean } = {}) {
  const clock = new VirtualClock();
  const server = new FakeNodeServer();
  const servers: (readonly string[])[] = [];
  let node = make(Node, { ID: 'n1', SecretID: 's1', Meta: {} });
  const registration = new Registration(
    { region: 'global', devMode: options.devMode ?? true },
    {
      rpc: server.rpc,
      clock,
      random: seededRandom(1),
      log: nullLogger,
      metrics: nullMetrics,
      node: () => node,
      onServers: (list) => servers.push(list),
    },
  );
  t.after(() => registration.stop());
  const change = (meta: Record<string, string>): void => {
    node = { ...node, Meta: meta };
    registration.nodeChanged();
  };
  return { clock, server, servers, registration, change };
}

test('a dev node registers and is ready without waiting', async (t) => {
  const { clock, server, registration } = await setUp(t);
  assert.equal(registration.status.nodeStatus, 'initializing');
  await registration.start();
  await clock.advance(1);
  assert.equal(server.nodes.length, 1);
  assert.equal(server.heartbeats, 1);
  assert.deepEqual(registration.status, {
    registered: true,
    nodeStatus: 'ready',
    heartbeatTtlMs: 10_000,
    lastHeartbeatMs: clock.nowMs() - 1,
    eligibility: 'eligible',
  });
});

test('heartbeats follow the TTL that the servers give, at exactly that time', async (t) => {
  const { clock, server, registration } = await setUp(t);
  await registration.start();
  await clock.advance(9_999);
  assert.equal(server.heartbeats, 1);
  server.heartbeatTtlNs = 3 * 1e9;
  await clock.advance(2);
  assert.equal(server.heartbeats, 2);
  await clock.advance(9 * second);
  assert.equal(server.heartbeats, 5);
});

test('the first registration carries no token, the heartbeat the secret', async (t) => {
  const { clock, server, registration } = await setUp(t);
  await registration.start();
  await clock.advance(1);
  assert.equal(server.rpc.last(Node_Register)['AuthToken'], '');
  assert.equal(server.rpc.last(Node_UpdateStatus)['AuthToken'], 's1');
  assert.equal(server.rpc.last(Node_UpdateStatus)['Status'], 'ready');
});

test('registration is tried until it works; nobody goes ahead before', async (t) => {
  const { clock, server, registration } = await setUp(t, { devMode: false });
  server.failures.set('Node.Register', [
    new AppError('unavailable', 'no servers'),
    new AppError('internal', 'x'),
  ]);
  let open = false;
  await registration.start();
  const waiting = registration.untilRegistered(new AbortController().signal).then(() => {
    open = true;
  });
  await clock.advance(1_000);
  assert.ok(!open);
  await clock.advance(3 * second);
  assert.ok(!open, 'the second failure waits longer');
  await clock.advance(30 * second);
  await waiting;
  assert.ok(open);
});

test('waiting for the registration can be given up', async (t) => {
  const { registration } = await setUp(t);
  const controller = new AbortController();
  const waiting = registration.untilRegistered(controller.signal);
  controller.abort();
  await assert.rejects(waiting);
});

test('a node that the servers forgot registers again and is ready at once', async (t) => {
  const { clock, server, registration } = await setUp(t, { devMode: false });
  await registration.start();
  await clock.advance(1 * second);
  server.failures.set('Node.UpdateStatus', [new AppError('not-found', 'node not found')]);
  await clock.advance(10 * second);
  assert.equal(server.nodes.length, 2);
  assert.equal(server.heartbeats, 2);
  assert.equal(server.rpc.last(Node_Register)['AuthToken'], 's1', 'known by now');
});

test('told from elsewhere that it is unknown, it does the same', async (t) => {
  const { clock, server, registration } = await setUp(t);
  await registration.start();
  await clock.advance(1);
  registration.forgotten();
  await clock.advance(10);
  assert.equal(server.nodes.length, 2);
});

test('a refused secret is left out the next time', async (t) => {
  const { clock, server, registration } = await setUp(t);
  await registration.start();
  await clock.advance(1);
  server.failures.set('Node.Register', [new AppError('denied', 'Permission denied')]);
  registration.forgotten();
  await clock.advance(5 * second);
  assert.equal(server.rpc.last(Node_Register)['AuthToken'], '');
  assert.equal(server.nodes.length, 2);
});

test('changes of the node within seconds become one registration, and heartbeats keep their time', async (t) => {
  const { clock, server, registration, change } = await setUp(t, { devMode: false });
  await registration.start();
  await clock.advance(1 * second);
  change({ a: '1' });
  await clock.advance(1 * second);
  change({ a: '2' });
  await clock.advance(2 * second);
  assert.equal(server.nodes.length, 1, 'waits for more');
  await clock.advance(5.5 * second);
  assert.equal(server.nodes.length, 2);
  assert.deepEqual(server.nodes[1]?.Meta, { a: '2' });
  assert.equal(server.heartbeats, 1);
  await clock.advance(2 * second);
  assert.equal(server.heartbeats, 2);
});

test('a change that could not be told is told later', async (t) => {
  const { clock, server, registration, change } = await setUp(t);
  await registration.start();
  await clock.advance(1);
  server.failures.set('Node.Register', [new AppError('internal', 'x')]);
  change({ a: '1' });
  await clock.advance(12 * second);
  assert.deepEqual(server.nodes.at(-1)?.Meta, { a: '1' });
});

test('a lost heartbeat is repeated soon, not after the next TTL', async (t) => {
  const { clock, server, registration } = await setUp(t, { devMode: false });
  await registration.start();
  await clock.advance(1 * second);
  server.failures.set('Node.UpdateStatus', [new AppError('unavailable', 'connection lost')]);
  await clock.advance(9.5 * second);
  assert.equal(server.heartbeats, 1);
  await clock.advance(2 * second);
  assert.equal(server.heartbeats, 2);
});

test("the servers' addresses are handed on", async (t) => {
  const { clock, server, servers, registration } = await setUp(t);
  server.rpc.on(Node_UpdateStatus, () =>
    make(Node_UpdateStatus.reply, {
      HeartbeatTTL: 1e9,
      Servers: [
        { RPCAdvertiseAddr: '10.0.0.1:4647', RPCMajorVersion: 0, RPCMinorVersion: 0, Datacenter: 'dc1' },
      ],
    }),
  );
  await registration.start();
  await clock.advance(1);
  assert.deepEqual(servers, [['10.0.0.1:4647']]);
});

test('node events are collected, sent together, and kept when that fails; the oldest go first', async (t) => {
  const { clock, server } = await setUp(t);
  const events = new NodeEvents(
    { region: 'global', nodeId: 'n1', secretId: 's1' },
    { rpc: server.rpc, clock, random: seededRandom(1), log: nullLogger, registered: async () => {} },
  );
  t.after(() => events.stop());
  await events.start();
  for (let i = 0; i < maxPendingEvents + 3; i++)
    events.add({ subsystem: 'Driver', message: `m${i}`, details: { driver: 'x' } });
  await clock.advance(4 * second);
  assert.equal(server.events.length, 0);
  await clock.advance(7 * second);
  assert.equal(server.events.length, maxPendingEvents);
  assert.equal(server.events[0]?.Message, 'm3');
  assert.deepEqual(server.events[0]?.Details, { driver: 'x' });
  await clock.advance(20 * second);
  assert.equal(server.events.length, maxPendingEvents, 'sent once');
});
