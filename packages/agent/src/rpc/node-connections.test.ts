// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { Agent_Monitor, FileSystem_List, make } from '@serai/api';
import { nullLogger } from '#base';
import { FakeRpc, VirtualClock } from '#testing';
import { NodeConnections } from './node-connections.ts';

const list = make(FileSystem_List.request, { Path: '/' });

function registry(): { nodes: NodeConnections; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { nodes: new NodeConnections({ clock, log: nullLogger }), clock };
}

test('a node without a connection can not be reached', async () => {
  const { nodes } = registry();
  const expected = { code: 'not-found', status: 404, message: 'No path to node' };
  await assert.rejects(nodes.callNode('n1', FileSystem_List, list), expected);
  await assert.rejects(nodes.streamNode('n1', Agent_Monitor, {}), expected);
  assert.equal(nodes.established('n1'), undefined);
});

test('the newest connection is used, and the older one when it ends', async () => {
  const { nodes, clock } = registry();
  const [old, young] = [new FakeRpc(), new FakeRpc()];
  nodes.bind('n1', old);
  await clock.advance(1_000);
  const unbind = nodes.bind('n1', young);
  assert.equal(nodes.established('n1'), clock.nowIso());
  await nodes.callNode('n1', FileSystem_List, list);
  await nodes.streamNode('n1', Agent_Monitor, {});
  assert.deepEqual([old.calls.length, young.calls.length], [0, 2]);
  unbind();
  await nodes.callNode('n1', FileSystem_List, list);
  assert.deepEqual([old.calls.length, young.calls.length], [1, 2]);
});

test('an older connection that ends does not take the newer one with it', async () => {
  const { nodes } = registry();
  const unbindOld = nodes.bind('n1', new FakeRpc());
  const young = new FakeRpc();
  nodes.bind('n1', young);
  unbindOld();
  unbindOld();
  await nodes.callNode('n1', FileSystem_List, list);
  assert.equal(young.calls.length, 1);
});

test('a node whose last connection ended is forgotten', () => {
  const { nodes } = registry();
  const unbind = nodes.bind('n1', new FakeRpc());
  nodes.bind('n2', new FakeRpc());
  unbind();
  assert.deepEqual(nodes.nodeIds(), ['n2']);
});
