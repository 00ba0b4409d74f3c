// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseAddress } from './dial.ts';

test('addresses name host and port, 4647 without one', () => {
  assert.deepEqual(parseAddress('10.0.0.1:5000'), { host: '10.0.0.1', port: 5000 });
  assert.deepEqual(parseAddress('server.example'), { host: 'server.example', port: 4647 });
  assert.deepEqual(parseAddress('[::1]:5000'), { host: '::1', port: 5000 });
  assert.deepEqual(parseAddress('[::1]'), { host: '::1', port: 4647 });
  assert.deepEqual(parseAddress('fe80::1'), { host: 'fe80::1', port: 4647 });
});

test('what is no address is refused', () => {
  for (const text of ['', ':4647', 'a:b:c', 'host:0', 'host:99999', 'host:http']) {
    assert.throws(() => parseAddress(text), { code: 'invalid', message: /is no server address/ }, text);
  }
});
