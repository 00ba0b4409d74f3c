// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { DecodeError } from '@serai/api';
import { AppError } from '#base';
import { maxCachedAnswerBytes } from '../limits.ts';
import { Compressor, chooseEncoding } from './compression.ts';
import { EncodedBodies, encodeJson } from './encoded-bodies.ts';
import { describeFailure } from './failure.ts';
import { metaHeaders } from './headers.ts';

test('JSON is printed as Go does: no escaped HTML, nanoseconds in full', () => {
  assert.equal(encodeJson({ a: '<b> & c' }, 'plain').toString(), '{"a":"<b> & c"}');
  assert.equal(encodeJson(1_700_000_000_000_000_000, 'plain').toString(), '1700000000000000000');
  assert.equal(encodeJson({ a: [1] }, 'pretty').toString(), '{\n    "a": [\n        1\n    ]\n}\n');
  assert.equal(encodeJson(undefined, 'plain').toString(), 'null');
});

test('a shared object is encoded for the first two readers and kept for the others', () => {
  const bodies = new EncodedBodies();
  const value = { a: 1 };
  const first = bodies.encode(value, 'plain', true);
  assert.equal(bodies.bytes, 0);
  const second = bodies.encode(value, 'plain', true);
  assert.notEqual(first, second);
  assert.equal(bodies.encode(value, 'plain', true), second);
  assert.equal(bodies.bytes, second.length);
});

test('the pretty form is kept beside the plain one', () => {
  const bodies = new EncodedBodies();
  const value = { a: 1 };
  for (let i = 0; i < 3; i++) {
    assert.equal(bodies.encode(value, 'plain', true).toString(), '{"a":1}');
    assert.equal(bodies.encode(value, 'pretty', true).toString(), '{\n    "a": 1\n}\n');
  }
});

test('what is not shared is never kept, even if it is the same object', () => {
  const bodies = new EncodedBodies();
  const value = { a: 1 };
  for (let i = 0; i < 5; i++) {
    value.a = i;
    assert.equal(bodies.encode(value, 'plain', false).toString(), `{"a":${i}}`);
  }
  assert.equal(bodies.bytes, 0);
});

test('the least recently used goes when the limit is reached', () => {
  const bodies = new EncodedBodies(25);
  const values = [{ n: 'aaa' }, { n: 'bbb' }, { n: 'ccc' }];
  const [a, b, c] = values as [object, object, object];
  for (const value of [a, b, a, b]) bodies.encode(value, 'plain', true);
  const keptA = bodies.encode(a, 'plain', true);
  for (const value of [c, c]) bodies.encode(value, 'plain', true);
  assert.ok(bodies.bytes <= 25);
  assert.equal(bodies.encode(a, 'plain', true), keptA);
  const anew = bodies.encode(b, 'plain', true);
  assert.equal(anew.toString(), '{"n":"bbb"}');
  assert.ok(bodies.bytes <= 25);
});

test('an answer that is too large is not kept', () => {
  const bodies = new EncodedBodies();
  const value = { text: 'x'.repeat(maxCachedAnswerBytes) };
  for (let i = 0; i < 3; i++) bodies.encode(value, 'plain', true);
  assert.equal(bodies.bytes, 0);
});

test('compression only for those who take it, and for what is worth it', () => {
  assert.equal(chooseEncoding(undefined, 10_000), undefined);
  assert.equal(chooseEncoding('gzip', 100), undefined);
  assert.equal(chooseEncoding('gzip', 10_000), 'gzip');
  assert.equal(chooseEncoding('deflate, GZIP', 10_000), 'gzip');
  assert.equal(chooseEncoding('deflate', 10_000), 'deflate');
  assert.equal(chooseEncoding('*', 10_000), 'gzip');
  assert.equal(chooseEncoding('gzip;q=0, deflate;q=0.0', 10_000), undefined);
  assert.equal(chooseEncoding('identity, br', 10_000), undefined);
});

test('a body is compressed once per encoding', async () => {
  const compressor = new Compressor();
  const body = Buffer.alloc(5_000, 'a');
  const [one, two] = await Promise.all([
    compressor.compress(body, 'gzip'),
    compressor.compress(body, 'gzip'),
  ]);
  assert.equal(one, two);
  assert.deepEqual(gunzipSync(one), body);
  assert.deepEqual(inflateSync(await compressor.compress(body, 'deflate')), body);
});

test('headers tell milliseconds, and only what is known', () => {
  assert.deepEqual(metaHeaders(undefined), []);
  assert.deepEqual(metaHeaders({ Index: 3 }), ['X-Nomad-Index', '3']);
  assert.deepEqual(metaHeaders({ Index: 3, KnownLeader: false, LastContact: 1_999_999, NextToken: '' }), [
    'X-Nomad-Index',
    '3',
    'X-Nomad-KnownLeader',
    'false',
    'X-Nomad-LastContact',
    '1',
  ]);
});

test('a token cannot break out of its header', () => {
  const headers = metaHeaders({ Index: 1, NextToken: 'a\r\nX-Evil: 1 ü😀' });
  assert.equal(headers.at(-1), 'a%0D%0AX-Evil:%201%20%C3%BC%F0%9F%98%80');
});

test('an unexpected error says nothing of the inside', () => {
  const failure = describeFailure(new RangeError('secret at line 5'));
  assert.equal(failure.status, 500);
  assert.doesNotMatch(failure.text, /secret/);
  assert.ok(failure.bug instanceof RangeError);
  assert.equal(describeFailure('text').status, 500);
  assert.deepEqual(describeFailure(new DecodeError('A.B', 'A.B: wrong')), {
    status: 400,
    text: 'A.B: wrong',
    bug: undefined,
  });
});

test('texts that fix their status do so behind any hop', () => {
  const text = (message: string): [number, string] => {
    const failure = describeFailure(new AppError('internal', message));
    return [failure.status, failure.text];
  };
  assert.deepEqual(text('rpc error: rpc error: Permission denied'), [403, 'Permission denied']);
  assert.deepEqual(text('rpc error: ACL token not found'), [403, 'ACL token not found']);
  assert.deepEqual(text('Permission denied for node'), [500, 'Permission denied for node']);
  assert.deepEqual(text('x: Filter expression cannot be used with other filter parameters'), [
    400,
    'Filter expression cannot be used with other filter parameters',
  ]);
});
