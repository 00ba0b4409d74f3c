// SPDX-License-Identifier: MPL-2.0
// Event.Stream over the wire, as another server or tool calls it.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Event_Stream, type EventStreamFrame, Job_Register, make } from '@serai/api';
import { nullLogger, nullMetrics, systemClock } from '#base';
import { ConnectionPool, clientPool, frameError, Router, tcpDial } from '#rpc';
import type { ServerOptions } from '#server';
import { memoryServer, mockJob } from '#testing';

async function connected(t: TestContext, options: Partial<ServerOptions> = {}) {
  const server = memoryServer({ options });
  await server.start();
  const shared = { clock: systemClock, log: nullLogger, metrics: nullMetrics };
  const pool = new ConnectionPool(clientPool, {
    ...shared,
    dial: tcpDial(systemClock),
    reverse: new Router(),
  });
  t.after(async () => {
    await pool.stop();
    await server.stop();
  });
  return { server, rpc: pool.to(server.context.rpcAddress()) };
}

const request = (fields: object) => ({ ...make(Event_Stream.request, { Region: 'global' }), ...fields });

test('frames cross the wire as bytes, and closing ends the subscription', async (t) => {
  const { server, rpc } = await connected(t);
  const stream = await rpc.stream(Event_Stream, request({ Topics: { Job: ['web'] } }));
  const frames = stream.frames()[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value } = (await frames.next()) as { value: EventStreamFrame };
    assert.equal(value.Error, null);
    return JSON.parse(Buffer.from(value.Event?.Data ?? []).toString());
  };
  assert.deepEqual(await next(), {});
  await rpc.call(Job_Register, make(Job_Register.request, { Region: 'global', Job: mockJob({ ID: 'web' }) }));
  const frame = (await next()) as { Events: { Key: string; Payload: { Job: { ID: string } } }[] };
  assert.deepEqual(
    frame.Events.map(({ Key, Payload }) => [Key, Payload.Job.ID]),
    [['web', 'web']],
  );
  stream.close();
  while (server.context.events?.subscribers !== 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a refusal crosses the wire as an error frame', async (t) => {
  const { rpc } = await connected(t, { events: { enabled: false, bufferSize: 0 } });
  const stream = await rpc.stream(Event_Stream, request({}));
  const errors: unknown[] = [];
  for await (const frame of stream.frames()) errors.push(frameError(frame)?.message);
  assert.deepEqual(errors, ['EventBroker not configured']);
});
