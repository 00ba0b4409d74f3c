// SPDX-License-Identifier: MPL-2.0
// The pool against connections in memory.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import test from 'node:test';
import {
  FileSystem_Logs,
  Job_List,
  make,
  Node_UpdateStatus,
  NodeUpdateResponse,
  Status_Leader,
  Status_Peers,
  Status_Ping,
} from '@serai/api';
import { nullLogger, nullMetrics, TaskSet } from '#base';
import { VirtualClock } from '#testing';
import { defaultMessageLimits } from '../limits.ts';
import { NodeConnections } from '../node-connections.ts';
import { Router } from '../router.ts';
import { RpcConnection } from '../server/rpc-connection.ts';
import { connectionError } from '../wire-error.ts';
import { ConnectionPool, clientPool } from './connection-pool.ts';
import { CallNumbers } from './mux-connection.ts';

const query = make(Status_Ping.request, {});

class MemoryServer {
  readonly clock = new VirtualClock();
  readonly router = new Router();
  readonly reverse = new Router();
  readonly nodes = new NodeConnections({ clock: this.clock, log: nullLogger });
  readonly transports: Duplex[] = [];
  readonly tasks = new TaskSet(nullLogger);
  refuse = false;
  dialled = 0;
  readonly pool = new ConnectionPool(clientPool, {
    clock: this.clock,
    log: nullLogger,
    metrics: nullMetrics,
    reverse: this.reverse,
    dial: async () => {
      this.dialled += 1;
      if (this.refuse) throw connectionError('dial', 'connection refused');
      return this.#accept();
    },
  });

  #accept(): Duplex {
    const [near, far] = duplexPair();
    this.transports.push(far);
    new RpcConnection(
      { handshakeTimeoutMs: 5_000, maxRunningCalls: 100, messages: defaultMessageLimits, yamux: {} },
      {
        transport: far,
        remoteAddress: '192.0.2.1',
        tasks: this.tasks,
        nodes: this.nodes,
        numbers: new CallNumbers(),
        claimStreaming: () => true,
        router: this.router,
        clock: this.clock,
        log: nullLogger,
        metrics: nullMetrics,
      },
    );
    return near;
  }

  /** Breaks all connections and lets both ends notice. */
  async breakAll(): Promise<void> {
    for (const transport of this.transports.splice(0)) transport.destroy();
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('calls at the same time wait for one connection', async () => {
  const server = new MemoryServer();
  server.router.handle(Status_Leader, () => 'x');
  const calls = Array.from({ length: 20 }, () => server.pool.to('s').call(Status_Leader, query));
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(['x']));
  assert.equal(server.dialled, 1);
  await server.pool.stop();
});

test('all that wait for a connection that fails get the reason, and the next call dials again', async () => {
  const server = new MemoryServer();
  server.router.handle(Status_Leader, () => 'x');
  server.refuse = true;
  const calls = [1, 2, 3].map(() => server.pool.to('s').call(Status_Leader, query));
  for (const call of calls) await assert.rejects(call, { message: 'rpc error: connection refused' });
  server.refuse = false;
  assert.equal(await server.pool.to('s').call(Status_Leader, query), 'x');
});

test('a call whose connection breaks fails, the next one dials', async () => {
  const server = new MemoryServer();
  server.router.handle(Status_Leader, () => 'x');
  const started = Promise.withResolvers<void>();
  server.router.handle(Job_List, async (_, context) => {
    started.resolve();
    await once(context.signal, 'abort');
    return make(Job_List.reply, {});
  });
  const call = server.pool.to('s').call(Job_List, make(Job_List.request, {}));
  await started.promise;
  await Promise.all([
    server.breakAll(),
    assert.rejects(call, { code: 'unavailable', message: 'rpc error: EOF' }),
  ]);
  assert.equal(await server.pool.to('s').call(Status_Leader, query), 'x');
  assert.equal(server.dialled, 2);
});

test('a connection that broke while idle is replaced without the caller noticing', async () => {
  const server = new MemoryServer();
  server.router.handle(Status_Leader, () => 'x');
  await server.pool.to('s').call(Status_Leader, query);
  await server.breakAll();
  assert.equal(await server.pool.to('s').call(Status_Leader, query), 'x');
  assert.equal(server.dialled, 2);
});

test('an idle connection is closed after 5 minutes, a used one is not', async () => {
  const server = new MemoryServer();
  server.router.handle(Status_Leader, () => 'x');
  server.router.handle(Job_List, async (_, context) => {
    await once(context.signal, 'abort');
    return make(Job_List.reply, {});
  });
  await server.pool.to('idle').call(Status_Leader, query);
  const waiting = server.pool.to('busy').call(Job_List, make(Job_List.request, {}));
  waiting.catch(() => {});
  await server.clock.advance(299_000);
  assert.deepEqual(server.pool.addresses(), ['idle', 'busy']);
  await server.clock.advance(3_000);
  assert.deepEqual(server.pool.addresses(), ['busy']);
  await server.pool.stop();
  await assert.rejects(waiting, { code: 'unavailable' });
});

test('streams are used again, and no more than allowed are kept', async () => {
  const server = new MemoryServer();
  let streams = 0;
  let release = Promise.withResolvers<void>();
  server.router.handle(Status_Peers, async () => {
    streams += 1;
    await release.promise;
    return [];
  });
  const burst = Array.from({ length: 10 }, () => server.pool.to('s').call(Status_Peers, query));
  while (streams < 10) await new Promise((resolve) => setImmediate(resolve));
  release.resolve();
  await Promise.all(burst);
  release = Promise.withResolvers();
  release.resolve();
  for (let i = 0; i < 10; i++) await server.pool.to('s').call(Status_Peers, query);
  assert.equal(streams, 20);
  await server.pool.stop();
});

test('the server calls back while calls are under way, and only what the client serves', async () => {
  const server = new MemoryServer();
  server.router.handle(Node_UpdateStatus, async (args, context) => {
    context.bindNode(args.NodeID);
    const leader = await server.nodes.callNode(args.NodeID, Status_Leader, query);
    return make(NodeUpdateResponse, { LeaderRPCAddr: leader });
  });
  server.reverse.handle(Status_Leader, (_, context) => {
    context.bindNode('a client binds nothing');
    return 'from the client';
  });
  const heartbeat = make(Node_UpdateStatus.request, { NodeID: 'n1' });
  const reply = await server.pool.to('s').call(Node_UpdateStatus, heartbeat);
  assert.equal(reply.LeaderRPCAddr, 'from the client');
  await assert.rejects(server.nodes.callNode('n1', Status_Peers, query), {
    message: "rpc: can't find method Status.Peers",
  });
  await assert.rejects(server.nodes.streamNode('n1', FileSystem_Logs, {}), { code: 'unsupported' });
  await server.breakAll();
  assert.deepEqual(server.nodes.nodeIds(), []);
});

test('a stopped pool serves nobody', async () => {
  const server = new MemoryServer();
  await server.pool.stop();
  await assert.rejects(server.pool.to('s').call(Status_Leader, query), /connection pool is closed/);
  assert.equal(server.clock.pendingTimers, 0);
});
