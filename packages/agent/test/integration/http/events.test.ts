// SPDX-License-Identifier: MPL-2.0
// /v1/event/stream over a socket: what is asked of the server, and how its frames become lines.

import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Event_Stream, Job_Register, make } from '@serai/api';
import { memoryServer, mockJob, testHttp } from '#testing';

const data = (text: string) => ({ Error: null, Event: { Data: Buffer.from(text) } });

async function* framesOf(...frames: unknown[]): AsyncGenerator<unknown> {
  yield* frames;
}

test('frames become lines', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.onStream(Event_Stream, () => framesOf(data('{}'), data('{"Index":1,"Events":[]}')));
  const answer = await ask('GET /v1/event/stream');
  assert.equal(answer.text, '{}\n{"Index":1,"Events":[]}\n');
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['cache-control'], 'no-cache');
  assert.equal(answer.headers['transfer-encoding'], 'chunked');
});

test('topics, index and namespace are passed on', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const asked = async (query: string): Promise<unknown[]> => {
    assert.equal((await ask(`GET /v1/event/stream${query}`)).status, 200);
    const { Topics, Index, Namespace } = rpc.last(Event_Stream);
    return [Topics, Index, Namespace];
  };
  assert.deepEqual(await asked(''), [{ '*': ['*'] }, 0, 'default']);
  assert.deepEqual(await asked('?topic=Job&topic=Allocation:web&topic=Allocation:a1&index=7&namespace=*'), [
    { Job: ['*'], Allocation: ['web', 'a1'] },
    7,
    '*',
  ]);
  assert.deepEqual(await asked('?topic=Job:batch/nightly%20run'), [
    { Job: ['batch/nightly run'] },
    0,
    'default',
  ]);
});

test('a bad index or topic is the mistake of the caller', async (t) => {
  const { ask, rpc } = await testHttp(t);
  for (const index of ['x', '-1', '1.5', '1'.repeat(21)]) {
    const answer = await ask(`GET /v1/event/stream?index=${index}`);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /^Unable to parse index: /);
  }
  const answer = await ask('GET /v1/event/stream?topic=Job:a:b');
  assert.deepEqual(
    [answer.status, answer.text],
    [400, 'Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: Job:a:b'],
  );
  assert.deepEqual(rpc.calls, []);
});

test('an error before the first line is a status, one after it cuts the connection', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const failure = { Error: { Message: 'EventBroker not configured', Code: 500 }, Event: null };
  rpc.onStream(Event_Stream, () => framesOf(failure));
  const answer = await ask('GET /v1/event/stream');
  assert.deepEqual([answer.status, answer.text], [500, 'EventBroker not configured']);
  rpc.onStream(Event_Stream, () => framesOf(data('{}'), failure));
  await assert.rejects(ask('GET /v1/event/stream'), /aborted|hang up|ECONNRESET/);
});

test('a reader that takes nothing holds the source back, not the memory', async (t) => {
  const { port, rpc } = await testHttp(t);
  let produced = 0;
  const piece = Buffer.alloc(64 * 1024, ' ');
  rpc.onStream(Event_Stream, async function* () {
    for (; produced < 2_000; produced++) yield { Error: null, Event: { Data: piece } };
  });
  const response = await open(port, '/v1/event/stream');
  response.pause();
  let before = -1;
  while (before !== produced) {
    before = produced;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(produced < 1_500, `${produced} frames were taken`);
  response.destroy();
});

function open(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: '127.0.0.1' }, resolve).on('error', reject);
  });
}

async function realServer(t: TestContext) {
  const server = memoryServer();
  await server.start();
  t.after(() => server.stop());
  const rpc = server.localCaller();
  const { port } = await testHttp(t, { dependencies: { rpc } });
  return { server, rpc, port };
}

test('a reader of a real server sees a job register, and its subscription ends when it goes away', async (t) => {
  const { server, rpc, port } = await realServer(t);
  const response = await open(port, '/v1/event/stream?topic=Job:web');
  const lines: string[] = [];
  let text = '';
  const seen = new Promise<void>((resolve) => {
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const parts = text.split('\n');
      text = parts.pop() ?? '';
      lines.push(...parts);
      if (lines.some((line) => line.includes('JobRegistered'))) resolve();
    });
  });
  for (const ID of ['other', 'web'])
    await rpc.call(Job_Register, make(Job_Register.request, { Region: 'global', Job: mockJob({ ID }) }));
  await seen;
  assert.equal(lines[0], '{}');
  const frames = lines.map((line) => JSON.parse(line) as { Events?: { Key: string }[] });
  assert.ok(frames.every(({ Events = [] }) => Events.every(({ Key }) => Key === 'web')));
  const subscribers = (): number => server.context.events?.subscribers ?? 0;
  assert.equal(subscribers(), 1);
  response.destroy();
  while (subscribers() !== 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a stopping server ends the answer at once', async (t) => {
  const { server, port } = await realServer(t);
  const response = await open(port, '/v1/event/stream');
  const ended = new Promise<void>((resolve) => {
    response.on('error', () => {}).on('close', () => resolve());
  });
  response.resume();
  while (server.context.events?.subscribers === 0) await new Promise((resolve) => setImmediate(resolve));
  await server.stop();
  await ended;
});
