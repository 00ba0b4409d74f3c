// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { VirtualClock } from '#testing';
import { streamStallMs } from '../limits.ts';
import { writeStream } from './stream-writer.ts';

class FakeResponse extends EventEmitter {
  readonly written: string[] = [];
  headersSent = false;
  destroyed = false;
  ended = false;
  /** false: the reader is slow */
  room = true;

  writeHead(): void {
    this.headersSent = true;
  }
  write(piece: Uint8Array): boolean {
    this.written.push(Buffer.from(piece).toString());
    return this.room;
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  get real(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const head = (clock = new VirtualClock()) => ({ headers: [], clock });

test('all pieces, then the end; an empty stream has a head too', async () => {
  const response = new FakeResponse();
  await writeStream(response.real, pieces('a', 'b'), head());
  assert.deepEqual([response.written, response.ended], [['a', 'b'], true]);
  const empty = new FakeResponse();
  await writeStream(empty.real, pieces(), head());
  assert.deepEqual([empty.headersSent, empty.ended], [true, true]);
});

test('a failure before the first piece is handed on, a later one cuts the connection', async () => {
  async function* failing(first: string): AsyncGenerator<Uint8Array> {
    if (first !== '') yield Buffer.from(first);
    throw new Error('broken');
  }
  const early = new FakeResponse();
  await assert.rejects(writeStream(early.real, failing(''), head()), /broken/);
  assert.equal(early.headersSent, false);
  const late = new FakeResponse();
  await writeStream(late.real, failing('x'), head());
  assert.deepEqual([late.destroyed, late.ended], [true, false]);
});

test('nothing is taken from the source while the reader is slow', async () => {
  const response = new FakeResponse();
  response.room = false;
  const done = writeStream(response.real, pieces('a', 'b'), head());
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(response.written, ['a']);
  response.room = true;
  response.emit('drain');
  await done;
  assert.deepEqual(response.written, ['a', 'b']);
  assert.equal(response.listenerCount('drain') + response.listenerCount('close'), 0);
});

test('a reader that takes nothing for too long is dropped', async () => {
  const clock = new VirtualClock();
  const response = new FakeResponse();
  response.room = false;
  const done = writeStream(response.real, pieces('a', 'b'), head(clock));
  await clock.waitForTimers();
  await clock.advance(streamStallMs);
  await done;
  assert.deepEqual([response.destroyed, response.written, clock.pendingTimers], [true, ['a'], 0]);
});

test('a source that goes on after the reader has gone is left', async () => {
  const response = new FakeResponse();
  let returned = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from('x');
    } finally {
      returned = true;
    }
  }
  response.room = false;
  const done = writeStream(response.real, endless(), head());
  await new Promise((resolve) => setImmediate(resolve));
  response.destroy();
  await done;
  assert.equal(returned, true);
  assert.equal(response.ended, false);
});
