// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '#base';
import { maxServers, ServerList } from './server-list.ts';

const list = (...addresses: string[]): ServerList => new ServerList(addresses, { random: seededRandom(1) });

test('the same set keeps its order, another set is shuffled in', () => {
  const servers = list('a', 'b', 'c');
  const order = servers.addresses;
  assert.equal(servers.replace(['c', 'a', 'b']), false);
  assert.equal(servers.addresses, order);
  assert.equal(servers.replace(['c', 'd']), true);
  assert.deepEqual([...servers.addresses].sort(), ['c', 'd']);
});

test('shuffling reaches different orders', () => {
  const random = seededRandom(7);
  const firsts = new Set<string>();
  for (let i = 0; i < 50; i++) {
    firsts.add(new ServerList(['a', 'b', 'c', 'd'], { random }).addresses[0] ?? '');
  }
  assert.deepEqual([...firsts].sort(), ['a', 'b', 'c', 'd']);
});

test('a server that failed goes to the end', () => {
  const servers = list('a', 'b', 'c');
  const [first = '', second, third] = servers.addresses;
  servers.failed(first);
  assert.deepEqual(servers.addresses, [second, third, first]);
  servers.failed('unknown');
  assert.deepEqual(servers.addresses, [second, third, first]);
});

test('after a rebalance the first that answers leads', async () => {
  const servers = list('a', 'b', 'c');
  await servers.rebalance(async (address) => address === 'b');
  assert.equal(servers.addresses[0], 'b');
  assert.equal(servers.addresses.length, 3);
});

test('without any answer the order stays', async () => {
  const servers = list('a', 'b', 'c');
  const order = servers.addresses;
  await servers.rebalance(async () => false);
  assert.equal(servers.addresses, order);
});

test('a list that changed during a rebalance wins', async () => {
  const servers = list('a', 'b');
  await servers.rebalance(async () => {
    servers.replace(['x']);
    return true;
  });
  assert.deepEqual(servers.addresses, ['x']);
});

test('limit: servers remembered', () => {
  const servers = list();
  servers.replace(Array.from({ length: 5_000 }, (_, i) => `s${i}`));
  assert.equal(servers.addresses.length, maxServers);
});
