// SPDX-License-Identifier: MPL-2.0
// What the listener does with peers that are silent, greedy or speak something else.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { make, Status_Leader, Status_Ping } from '@serai/api';
import { parseAddress } from '#rpc';
import { rpcPair } from './rpc-pair.ts';

const query = make(Status_Ping.request, { Region: 'global' });

async function dial(t: TestContext, address: string): Promise<Socket> {
  const socket = connect(parseAddress(address));
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.resume();
  return socket;
}

test('limit: a silent connection is closed after the handshake time', async (t) => {
  const { address } = await rpcPair(t, { handshakeTimeoutMs: 30 });
  const socket = await dial(t, address);
  await once(socket, 'close');
});

test('a first byte that is not served closes the connection', async (t) => {
  const { address } = await rpcPair(t);
  for (const byte of [0x00, 0x02, 0x04, 0x07, 0x16, 0x47]) {
    const socket = await dial(t, address);
    socket.write(Buffer.from([byte, 0, 0, 0]));
    await once(socket, 'close');
  }
});

test('limit: connections of one address; places come back', async (t) => {
  const { address, router, pool } = await rpcPair(t, { maxConnectionsPerClient: 2 });
  router.handle(Status_Leader, () => 'x');
  const first = await dial(t, address);
  await dial(t, address);
  const third = await dial(t, address);
  await once(third, 'close');
  await assert.rejects(pool.to(address).call(Status_Leader, query), { code: 'unavailable' });
  first.destroy();
  for (let answer = ''; answer !== 'x'; ) {
    answer = await pool
      .to(address)
      .call(Status_Leader, query)
      .catch(() => '');
  }
});

test('limit: connections in all', async (t) => {
  const { address } = await rpcPair(t, { maxConnections: 1, maxConnectionsPerClient: 0 });
  await dial(t, address);
  await once(await dial(t, address), 'close');
});

test('limit: raw streaming connections leave room for others', async (t) => {
  const { address, router, pool } = await rpcPair(t, { maxConnectionsPerClient: 22 });
  router.handle(Status_Leader, () => 'x');
  for (let i = 0; i < 2; i++) (await dial(t, address)).write(Buffer.from([5]));
  const third = await dial(t, address);
  third.write(Buffer.from([5]));
  await once(third, 'close');
  assert.equal(await pool.to(address).call(Status_Leader, query), 'x');
});

test('an unknown first byte of a stream ends the whole connection', async (t) => {
  const { address } = await rpcPair(t);
  const socket = await dial(t, address);
  socket.write(
    Buffer.from('06 000100010000000100000000 000000000000000100000001 09'.replace(/ /g, ''), 'hex'),
  );
  await once(socket, 'close');
});

test('calls without multiplexing and the first multiplexing version are served too', async (t) => {
  const { address, router } = await rpcPair(t);
  router.handle(Status_Leader, () => 'x');
  const call = '82a353657101ad536572766963654d6574686f64ad5374617475732e4c656164657280';
  const plain = await dial(t, address);
  plain.write(Buffer.from(`01${call}`, 'hex'));
  const [answer] = (await once(plain, 'data')) as [Buffer];
  assert.equal(answer.subarray(-2).toString('latin1'), '\xa1x');

  const mux = await dial(t, address);
  const length = (call.length / 2).toString(16).padStart(8, '0');
  mux.write(
    Buffer.from(`03 000100010000000100000000 0000000000000001${length} ${call}`.replace(/ /g, ''), 'hex'),
  );
  let received = Buffer.alloc(0);
  mux.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  while (!received.toString('latin1').endsWith('\xa1x')) await once(mux, 'data');
});

test('an address in use is a clear error', async (t) => {
  const { address } = await rpcPair(t);
  await assert.rejects(rpcPair(t, { port: parseAddress(address).port }), {
    code: 'unavailable',
    message: /cannot listen for rpc on 127.0.0.1:\d+: .*EADDRINUSE/,
  });
});
