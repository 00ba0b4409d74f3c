// SPDX-License-Identifier: MPL-2.0
// A server and a client on loopback, as the tests of this folder need them.

import type { TestContext } from 'node:test';
import { nullLogger, nullMetrics, systemClock } from '#base';
import {
  ConnectionPool,
  clientPool,
  NodeConnections,
  Router,
  RpcListener,
  type RpcListenerOptions,
  tcpDial,
} from '#rpc';

export interface RpcPair {
  readonly listener: RpcListener;
  readonly address: string;
  readonly pool: ConnectionPool;
  readonly nodes: NodeConnections;
  /** Served by the server. */
  readonly router: Router;
  /** Served by the client when the server calls back. */
  readonly reverse: Router;
}

/** Started; stopped when the test ends. Fill the routers before the first call. */
export async function rpcPair(t: TestContext, options: Partial<RpcListenerOptions> = {}): Promise<RpcPair> {
  const router = new Router();
  const reverse = new Router();
  const shared = { clock: systemClock, log: nullLogger, metrics: nullMetrics };
  const nodes = new NodeConnections(shared);
  const listener = new RpcListener(
    { host: '127.0.0.1', port: 0, drainMs: 0, ...options },
    { ...shared, router, nodes },
  );
  await listener.start();
  const pool = new ConnectionPool(clientPool, { ...shared, dial: tcpDial(systemClock), reverse });
  t.after(async () => {
    await pool.stop();
    await listener.stop();
  });
  return { listener, address: listener.address, pool, nodes, router, reverse };
}
