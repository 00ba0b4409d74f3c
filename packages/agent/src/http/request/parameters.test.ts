// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '@serai/api';
import { AppError } from '#base';
import { maxQueryParameters } from '../limits.ts';
import { readOptions, writeOptions } from './options.ts';
import { decodeParameters } from './parameters.ts';
import { parseSearch, parseTarget, quoted } from './target.ts';
import { readToken } from './token.ts';

const defaults = { region: 'eu', token: 't' };
const search = (text: string): URLSearchParams => parseSearch(text);

test('a target is split and decoded', () => {
  assert.deepEqual(parseTarget('/v1/jobs?a=%20b'), { path: '/v1/jobs', search: 'a=%20b' });
  assert.deepEqual(parseTarget('/v1/job/a%2Fb%20c'), { path: '/v1/job/a/b c', search: '' });
  for (const bad of ['', '*', 'http://x/v1', '/%', '/%80', '/a%00b', '/a%0ab'])
    assert.throws(() => parseTarget(bad), AppError, bad);
});

test('what the user sent is cut before it is shown', () => {
  assert.equal(quoted('a"b'), '"a\\"b"');
  assert.equal(quoted('x'.repeat(500)).length, 103);
});

test('a query string holds only so many parameters', () => {
  assert.equal(search(Array(maxQueryParameters).fill('a=1').join('&')).size, maxQueryParameters);
  assert.throws(
    () =>
      search(
        Array(maxQueryParameters + 1)
          .fill('a=1')
          .join('&'),
      ),
    /more than 256/,
  );
});

test('parameters come in the declared types, with their defaults', () => {
  assert.deepEqual(decodeParameters(routes.fs.logs.query, search('task=web&follow=T&offset=-3&type=')), {
    task: 'web',
    type: undefined,
    follow: true,
    plain: false,
    offset: -3,
    origin: 'start',
  });
  assert.deepEqual(decodeParameters(routes.fs.stream.query, search('follow=0')), {
    path: undefined,
    follow: false,
    offset: undefined,
    origin: 'start',
  });
  assert.deepEqual(decodeParameters(routes.agent.setServers.query, search('address=a&address=&address=b')), {
    address: ['a', 'b'],
  });
});

test('the first of several equal names counts', () => {
  assert.equal(decodeParameters(routes.jobs.list.query, search('meta=true&meta=false'))['meta'], true);
});

test('numbers that are none are refused', () => {
  for (const bad of ['1.5', '0x1', '1e3', ' 1', '99999999999999999999', 'NaN', '-'])
    assert.throws(
      () => decodeParameters(routes.fs.readAt.query, search(`offset=${encodeURIComponent(bad)}`)),
      { code: 'invalid', message: /^Failed to parse value of "offset" \(.*\) as an int$/ },
      bad,
    );
  assert.throws(() => decodeParameters(routes.jobs.submission.query, search('version=-1')), /as a uint$/);
});

test('options of a read', () => {
  const text =
    'region=us&namespace=*&index=12&wait=1m30s&stale=true&prefix=p&filter=f&per_page=4&next_token=n&reverse=true';
  assert.deepEqual(readOptions(search(text), defaults), {
    Region: 'us',
    Namespace: '*',
    MinQueryIndex: 12,
    MaxQueryTime: 90_000_000_000,
    AllowStale: true,
    Prefix: 'p',
    Filter: 'f',
    AuthToken: 't',
    PerPage: 4,
    NextToken: 'n',
    Reverse: true,
    Forwarded: false,
  });
});

test('options that are missing or empty', () => {
  for (const text of ['', 'region=&namespace=&index=&wait=&prefix=&filter=&per_page=&next_token=&reverse=']) {
    const options = readOptions(search(text), defaults);
    assert.deepEqual([options.Region, options.Namespace, options.MinQueryIndex], ['eu', 'default', 0]);
    assert.deepEqual([options.AllowStale, options.PerPage, options.Reverse], [false, 0, false]);
  }
});

test('stale may stand alone, reverse may not', () => {
  assert.equal(readOptions(search('stale'), defaults).AllowStale, true);
  assert.equal(readOptions(search('stale=false'), defaults).AllowStale, false);
  for (const text of ['reverse', 'reverse=1', 'reverse=TRUE'])
    assert.equal(readOptions(search(text), defaults).Reverse, false);
});

test('a negative wait is none, an enormous index is the largest', () => {
  assert.equal(readOptions(search('wait=-5s'), defaults).MaxQueryTime, 0);
  assert.equal(
    readOptions(search('index=18446744073709551615'), defaults).MinQueryIndex,
    Number.MAX_SAFE_INTEGER,
  );
  for (const bad of ['index=-1', 'index=1.5', 'index=x', 'index=999999999999999999999'])
    assert.throws(() => readOptions(search(bad), defaults), /^AppError: Invalid index$/);
  for (const bad of ['wait=x', 'wait=5', 'wait=5parsecs'])
    assert.throws(() => readOptions(search(bad), defaults), /^AppError: Invalid wait time$/);
  for (const bad of ['per_page=-1', 'per_page=2147483648', 'per_page=x'])
    assert.throws(() => readOptions(search(bad), defaults), /as an int32$/);
});

test('options of a write', () => {
  assert.deepEqual(writeOptions(search('idempotency_token=i&namespace=n'), defaults), {
    Region: 'eu',
    Namespace: 'n',
    AuthToken: 't',
    IdempotencyToken: 'i',
    Forwarded: false,
  });
});

test('a token is trimmed; an empty one is none', () => {
  assert.equal(readToken({ 'x-nomad-token': ' a ' }), 'a');
  assert.equal(readToken({ 'x-nomad-token': '  ', authorization: 'BEARER b' }), 'b');
  assert.equal(readToken({ authorization: 'Bearer' }), '');
  assert.equal(readToken({ authorization: `Bearer ${'x'.repeat(60_000)}` }).length, 60_000);
});
