// SPDX-License-Identifier: MPL-2.0
// Round trips per second of a call over loopback with 1 KB each way, one after the other and 64 at once.

import { make, type RpcMethod, Status_Ping, str, struct } from '@serai/api';
import { nullLogger, nullMetrics, systemClock } from '#base';
import { ConnectionPool, Router, RpcListener, serverPool, tcpDial } from '#rpc';

const measureMs = 1_500;
const warmUpMs = 500;

const shape = struct('Echo', { ...Status_Ping.request.fields, Text: str });
const echo: RpcMethod<typeof shape, typeof shape> = {
  name: 'Bench.Echo',
  request: shape,
  reply: shape,
  access: 'read',
};

const shared = { clock: systemClock, log: nullLogger, metrics: nullMetrics };
const router = new Router().handle(echo, (args) => args);
const listener = new RpcListener({ host: '127.0.0.1', port: 0 }, { ...shared, router });
await listener.start();
const pool = new ConnectionPool(serverPool, { ...shared, dial: tcpDial(systemClock) });
const server = pool.to(listener.address);
const args = make(shape, { Region: 'global', Text: 'x'.repeat(1_000) });

/** Calls finished per second with so many callers. */
async function run(callers: number, forMs: number): Promise<number> {
  const startMs = systemClock.monotonicMs();
  let done = 0;
  const caller = async (): Promise<void> => {
    while (systemClock.monotonicMs() - startMs < forMs) {
      await server.call(echo, args);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return done / ((systemClock.monotonicMs() - startMs) / 1_000);
}

for (const callers of [1, 64]) {
  await run(callers, warmUpMs);
  const perSecond = await run(callers, measureMs);
  console.log(`rpc echo 1 KB, ${callers} at once: ${Math.round(perSecond).toLocaleString('en')} calls/s`);
}
await pool.stop();
await listener.stop();
