// SPDX-License-Identifier: MPL-2.0
// All callers against the same contract.

import type { TestContext } from 'node:test';
import { make, Node_UpdateStatus, NodeUpdateResponse } from '@serai/api';
import { nullLogger, nullMetrics, seededRandom, systemClock } from '#base';
import {
  ConnectionPool,
  clientPool,
  LocalCaller,
  NodeConnections,
  Router,
  type RpcCaller,
  RpcListener,
  ServersCaller,
  tcpDial,
} from '#rpc';
import { rpcCallerContract } from './rpc-caller-contract.ts';

const shared = { clock: systemClock, log: nullLogger, metrics: nullMetrics };

interface Loopback {
  readonly address: string;
  readonly pool: ConnectionPool;
  readonly nodes: NodeConnections;
  readonly router: Router;
  readonly reverse: Router;
}

async function loopback(t: TestContext): Promise<Loopback> {
  const router = new Router();
  const reverse = new Router();
  const nodes = new NodeConnections(shared);
  const listener = new RpcListener({ host: '127.0.0.1', port: 0, drainMs: 0 }, { ...shared, router, nodes });
  await listener.start();
  const pool = new ConnectionPool(clientPool, { ...shared, dial: tcpDial(systemClock), reverse });
  t.after(async () => {
    await pool.stop();
    await listener.stop();
  });
  return { address: listener.address, pool, nodes, router, reverse };
}

rpcCallerContract('in process', async (t) => {
  const router = new Router();
  const caller = new LocalCaller({}, { ...shared, router });
  t.after(() => caller.stop());
  return { caller, router };
});

rpcCallerContract('one server', async (t) => {
  const { pool, address, router } = await loopback(t);
  return { caller: pool.to(address), router };
});

rpcCallerContract('a list of servers', async (t) => {
  const { pool, address, router } = await loopback(t);
  const caller = new ServersCaller(
    { servers: [address], region: 'global' },
    { ...shared, pool, random: seededRandom(1) },
  );
  await caller.start();
  t.after(() => caller.stop());
  return { caller, router };
});

rpcCallerContract('back to a node', async (t) => {
  const { pool, address, router, reverse, nodes } = await loopback(t);
  router.handle(Node_UpdateStatus, (args, context) => {
    context.bindNode(args.NodeID);
    return make(NodeUpdateResponse, {});
  });
  await pool.to(address).call(Node_UpdateStatus, make(Node_UpdateStatus.request, { NodeID: 'n1' }));
  const caller: RpcCaller = {
    call: (method, args, options) => nodes.callNode('n1', method, args, options),
    stream: (method, args, options) => nodes.streamNode('n1', method, args, options),
  };
  return { caller, router: reverse };
});
