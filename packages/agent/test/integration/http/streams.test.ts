// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { get, request } from 'node:http';
import { test } from 'node:test';
import {
  FileSystem_Logs,
  FileSystem_Stream,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
} from '@serai/api';
import { testHttp } from '#testing';

const frame = (text: string) => ({ Error: null, Payload: Buffer.from(text) });

async function* framesOf(...frames: unknown[]): AsyncGenerator<unknown> {
  yield* frames;
}

test('a log is passed on piece by piece, with nothing that a browser would run', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.onStream(FileSystem_Logs, () => framesOf(frame('<script>'), frame('alert(1)</script>')));
  const answer = await ask('GET /v1/client/fs/logs/a1?task=web&type=stdout&plain=true&offset=-5&origin=end', {
    headers: { 'Accept-Encoding': 'gzip' },
  });
  assert.equal(answer.text, '<script>alert(1)</script>');
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['content-security-policy']), /sandbox/);
  assert.equal(answer.headers['content-encoding'], undefined);
  const { AllocID, Task, LogType, Offset, Origin, PlainText, Follow } = rpc.last(FileSystem_Logs);
  assert.deepEqual(
    [AllocID, Task, LogType, Offset, Origin, PlainText, Follow],
    ['a1', 'web', 'stdout', -5, 'end', true, false],
  );
});

test('a failure before the first piece is a status', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.onStream(FileSystem_Logs, () =>
    framesOf({ Error: { Message: 'unknown task name "zzz"', Code: 400 }, Payload: null }),
  );
  const answer = await ask('GET /v1/client/fs/logs/a1?task=zzz&type=stdout');
  assert.deepEqual([answer.status, answer.text], [400, 'unknown task name "zzz"']);
});

test('a failure after the first piece cuts the connection', async (t) => {
  const { ask, rpc } = await testHttp(t);
  rpc.onStream(FileSystem_Stream, () =>
    framesOf(frame('half'), { Error: { Message: 'gone', Code: null }, Payload: null }),
  );
  await assert.rejects(ask('GET /v1/client/fs/cat/a1?path=x'), /aborted|hang up|ECONNRESET/);
});

test('the stream ends when the reader goes away', async (t) => {
  const { port, rpc } = await testHttp(t);
  const closed = Promise.withResolvers<void>();
  rpc.onStream(FileSystem_Logs, async function* () {
    yield frame('first');
    await new Promise<void>((resolve) => {
      rpc.calls.at(-1)?.signal?.addEventListener('abort', () => resolve());
    });
    closed.resolve();
  });
  const reader = get({ port, path: '/v1/client/fs/logs/a1?task=web&type=stderr&follow=true' });
  reader.on('error', () => {});
  reader.on('response', (response) => {
    response.on('error', () => {});
    response.once('data', () => reader.destroy());
  });
  await closed.promise;
  assert.equal(rpc.streams[0]?.closed, true);
});

test('a slow reader holds the source back', async (t) => {
  const { port, rpc } = await testHttp(t);
  let produced = 0;
  const piece = Buffer.alloc(64 * 1024);
  rpc.onStream(FileSystem_Stream, async function* () {
    for (; produced < 2_000; produced++) yield { Error: null, Payload: piece };
  });
  const response = await new Promise<import('node:http').IncomingMessage>((resolve) => {
    get({ port, path: '/v1/client/fs/cat/a1?path=big' }, resolve);
  });
  response.pause();
  // As long as nobody reads, only what fits into the sockets' buffers is taken from the source.
  let before = -1;
  while (before !== produced) {
    before = produced;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(produced < 1_500, `${produced} pieces were taken`);
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) length += chunk.length;
  assert.equal(length, 2_000 * piece.length);
});

test('the agent log is framed, or plain', async (t) => {
  const { ask, agent } = await testHttp(t);
  agent.lines = async function* (options) {
    yield `${options.level} one\n`;
    yield 'two\n';
  };
  const plain = await ask('GET /v1/agent/monitor?log_level=DEBUG&plain=true');
  assert.equal(plain.text, 'debug one\ntwo\n');
  const framed = await ask('GET /v1/agent/monitor');
  assert.equal(framed.text, `{"Data":"${btoa('info one\n')}"}{"Data":"${btoa('two\n')}"}`);
  const both = await ask('GET /v1/agent/monitor?node_id=a&server_id=b');
  assert.deepEqual([both.status, both.text], [400, 'Cannot target node and server simultaneously']);
});

test('a snapshot is saved with its checksum and restored in pieces', async (t) => {
  const { ask, rpc } = await testHttp(t);
  const first = {
    SnapshotChecksum: 'sha-256=abc',
    Index: 1,
    LastContact: 0,
    KnownLeader: true,
    NextToken: '',
  };
  rpc.onStream(Operator_SnapshotSave, () => framesOf(first, Buffer.from('arch'), Buffer.from('ive')));
  const saved = await ask('GET /v1/operator/snapshot');
  assert.deepEqual([saved.text, saved.headers['digest']], ['archive', 'sha-256=abc']);

  rpc.onStream(Operator_SnapshotRestore, () => framesOf({ Index: 2 }));
  const archive = Buffer.alloc(200_000, 'a');
  assert.equal((await ask('PUT /v1/operator/snapshot', { body: archive })).status, 200);
  const sent = rpc.streams.at(-1)?.sent as { Error: { Message: string } | null; Payload: Buffer | null }[];
  assert.equal(sent.at(-1)?.Error?.Message, 'EOF');
  assert.deepEqual(
    Buffer.concat(sent.slice(0, -1).map((piece) => piece.Payload ?? Buffer.alloc(0))),
    archive,
  );
  assert.ok(sent.every((piece) => (piece.Payload?.length ?? 0) <= 65_536));

  rpc.onStream(Operator_SnapshotRestore, () => framesOf({ ErrorCode: 400, ErrorMsg: 'bad archive' }));
  const refused = await ask('POST /v1/operator/snapshot', { body: 'junk' });
  assert.deepEqual([refused.status, refused.text], [400, 'bad archive']);
  rpc.onStream(Operator_SnapshotSave, () =>
    framesOf({ ...first, ErrorCode: 403, ErrorMsg: 'Permission denied' }),
  );
  assert.equal((await ask('GET /v1/operator/snapshot')).status, 403);
});

test('a request that is given up aborts the call behind it', async (t) => {
  const { port, rpc } = await testHttp(t);
  const aborted = Promise.withResolvers<void>();
  rpc.onStream(Operator_SnapshotSave, async function* () {
    const { signal } = rpc.calls.at(-1) ?? {};
    const waiting = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    asked.abort(new Error('enough'));
    await waiting;
    aborted.resolve();
  });
  const asked = new AbortController();
  const running = request({ port, path: '/v1/operator/snapshot', signal: asked.signal });
  running.on('error', () => {});
  running.end();
  await aborted.promise;
});
