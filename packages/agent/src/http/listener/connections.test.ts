// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { nullMetrics } from '#base';
import { Connections } from './connections.ts';

class FakeSocket extends EventEmitter {
  destroyed = false;
  answer = '';
  readonly remoteAddress: string;
  constructor(remoteAddress = '10.0.0.1') {
    super();
    this.remoteAddress = remoteAddress;
  }
  end(text: string, done: () => void): void {
    this.answer = text;
    done();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  destroySoon(): void {
    this.destroy();
  }
  get real(): Socket {
    return this as unknown as Socket;
  }
}

const dependencies = { metrics: nullMetrics };

test('each address has its own count, and a closed connection frees its place', () => {
  const connections = new Connections(1, dependencies);
  const first = new FakeSocket();
  assert.equal(connections.admit(first.real), true);
  assert.equal(connections.admit(new FakeSocket('10.0.0.2').real), true);
  const second = new FakeSocket();
  assert.equal(connections.admit(second.real), false);
  assert.match(second.answer, /^HTTP\/1\.1 429 Too Many Requests\r\n/);
  assert.equal(second.destroyed, true);
  first.destroy();
  assert.equal(connections.admit(new FakeSocket().real), true);
});

test('0 means no limit', () => {
  const connections = new Connections(0, dependencies);
  for (let i = 0; i < 1_000; i++) assert.equal(connections.admit(new FakeSocket().real), true);
});

test('closing ends idle connections at once and busy ones after their answer', () => {
  const connections = new Connections(0, dependencies);
  const idle = new FakeSocket();
  const busy = new FakeSocket();
  for (const socket of [idle, busy]) connections.admit(socket.real);
  connections.begin(busy.real);
  connections.begin(busy.real);
  connections.end(busy.real);
  connections.close();
  assert.deepEqual([idle.destroyed, busy.destroyed], [true, false]);
  connections.end(busy.real);
  assert.equal(busy.destroyed, true);
});
