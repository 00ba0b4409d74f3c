// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { bool, int, list, type RequestSpec, str, struct } from '@serai/api';
import { VirtualClock } from '#testing';
import { bodyIdleTimeoutMs, bodyTimeoutMs } from '../limits.ts';
import { checkDeclaredLength, decodeBody, readBody, streamBody } from './body.ts';

function fakeRequest(headers: Record<string, string> = {}): PassThrough & IncomingMessage {
  return Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & IncomingMessage;
}

const Thing = struct('Thing', { Name: str, On: bool, Counts: list(int) });
const whole: RequestSpec = { kind: 'json', schema: Thing };
const sparse: RequestSpec = { kind: 'json', schema: Thing, sparse: true };
const optional: RequestSpec = { kind: 'json', schema: Thing, optional: true };

test('a body is put together from its pieces', async () => {
  const request = fakeRequest();
  const body = readBody(request, 100, new VirtualClock());
  request.write('ab');
  request.write('cd');
  request.end();
  assert.equal((await body).toString(), 'abcd');
});

test('a body is refused as soon as it is larger than the limit', async () => {
  const request = fakeRequest();
  const clock = new VirtualClock();
  const body = readBody(request, 3, clock);
  request.write('ab');
  request.write('cd');
  await assert.rejects(body, { code: 'limit', status: 413, message: /the limit here is 3 bytes/ });
  assert.equal(clock.pendingTimers, 0);
  assert.equal(request.listenerCount('data'), 0);
});

test('what the head declares is enough to refuse', () => {
  checkDeclaredLength(fakeRequest({ 'content-length': '10' }), 10);
  assert.throws(() => checkDeclaredLength(fakeRequest({ 'content-length': '11' }), 10), { status: 413 });
  checkDeclaredLength(fakeRequest(), 0);
});

test('a body that does not come ends the wait', async () => {
  const clock = new VirtualClock();
  const body = readBody(fakeRequest(), 10, clock);
  const refused = assert.rejects(body, { code: 'timeout', status: 408 });
  await clock.advance(bodyTimeoutMs);
  await refused;
});

test('a connection that breaks ends the wait', async () => {
  const request = fakeRequest();
  const body = readBody(request, 10, new VirtualClock());
  request.write('ab');
  request.destroy();
  await assert.rejects(body, { code: 'canceled' });
});

test('a streamed body is passed on, up to its limit', async () => {
  const request = fakeRequest();
  request.end(Buffer.alloc(10));
  let length = 0;
  for await (const chunk of streamBody(request, 10, new VirtualClock())) length += chunk.length;
  assert.equal(length, 10);
  const large = fakeRequest();
  large.end(Buffer.alloc(11));
  await assert.rejects(
    async () => {
      for await (const _ of streamBody(large, 10, new VirtualClock()));
    },
    { status: 413 },
  );
});

test('a streamed body that stops coming is given up', async () => {
  const clock = new VirtualClock();
  const request = fakeRequest();
  const read = assert.rejects(
    async () => {
      for await (const _ of streamBody(request, 10, clock));
    },
    { status: 408 },
  );
  await clock.waitForTimers();
  await clock.advance(bodyIdleTimeoutMs);
  await read;
});

test('JSON is decoded by the schema: keys of any case, unknown ones skipped', () => {
  const bytes = Buffer.from('{"name":"a","COUNTS":[1],"other":{}}');
  assert.deepEqual(decodeBody(whole, bytes), { Name: 'a', On: false, Counts: [1] });
  assert.deepEqual(decodeBody(sparse, bytes), { Name: 'a', Counts: [1] });
});

test('an empty body is an error, unless the route can do without', () => {
  assert.throws(() => decodeBody(whole, Buffer.alloc(0)), { status: 400, message: 'Request body is empty' });
  assert.equal(decodeBody(optional, Buffer.alloc(0)), undefined);
  assert.equal(decodeBody(optional, Buffer.from('null')), undefined);
});

test('what is no JSON, no UTF-8 or of the wrong type is refused with the place', () => {
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('{"Name":'), /^failed to decode request body: /],
    [Buffer.from([0x22, 0xc3, 0x28, 0x22]), /it is not valid UTF-8$/],
    [Buffer.from('{"Counts":[1,"x"]}'), /Thing\.Counts\[1\]: cannot use string "x" as int$/],
    [Buffer.from('{"On":1}'), /Thing\.On: cannot use number 1 as bool$/],
    [Buffer.from('{"Counts":[1e999]}'), /cannot use number/],
    [Buffer.from('7'), /cannot use number 7 as object$/],
  ];
  for (const [bytes, message] of cases)
    assert.throws(() => decodeBody(whole, bytes), { code: 'invalid', message });
});

test('null is an object without fields', () => {
  assert.deepEqual(decodeBody(whole, Buffer.from('null')), { Name: '', On: false, Counts: null });
  assert.deepEqual(decodeBody(sparse, Buffer.from('null')), {});
});

test('a prototype cannot be sent', () => {
  const decoded = decodeBody(whole, Buffer.from('{"__proto__":{"polluted":true},"Name":"a"}')) as object;
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
  assert.equal('polluted' in {}, false);
});
