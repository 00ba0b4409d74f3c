// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockNode } from '#testing';
import { targetReader } from './target.ts';

const node = mockNode({
  ID: 'the-id',
  Name: 'the-name',
  Datacenter: 'dc7',
  NodeClass: 'big',
  NodePool: 'gpu',
  Attributes: { 'kernel.name': 'linux', 'unique.hostname': 'box', 'os.version': '' },
  Meta: { rack: 'r1', 'odd key': 'x' },
});
const read = (target: string): string | undefined => targetReader(target, { region: 'eu' })(node);

test('a text that is no reference is itself', () => {
  assert.equal(read('linux'), 'linux');
  assert.equal(read(''), '');
  assert.equal(read('$attr.kernel.name'), '$attr.kernel.name');
});

test('node names', () => {
  assert.equal(read('${node.unique.id}'), 'the-id');
  assert.equal(read('${node.unique.name}'), 'the-name');
  assert.equal(read('${node.datacenter}'), 'dc7');
  assert.equal(read('${node.class}'), 'big');
  assert.equal(read('${node.pool}'), 'gpu');
  assert.equal(read('${node.region}'), 'eu');
});

test('attributes and meta', () => {
  assert.equal(read('${attr.kernel.name}'), 'linux');
  assert.equal(read('${attr.unique.hostname}'), 'box');
  assert.equal(read('${attr.os.version}'), '');
  assert.equal(read('${meta.rack}'), 'r1');
  assert.equal(read('${meta["odd key"]}'), 'x');
  assert.equal(read('${attr["kernel.name"]}'), 'linux');
});

test('what a node does not have is missing', () => {
  assert.equal(read('${attr.cpu.arch}'), undefined);
  assert.equal(read('${meta.zone}'), undefined);
  assert.equal(read('${node.color}'), undefined);
  assert.equal(read('${env.HOME}'), undefined);
  assert.equal(read('${meta.rack'), undefined);
});

test('names that every object has are no attributes', () => {
  assert.equal(read('${attr.constructor}'), undefined);
  assert.equal(read('${meta.__proto__}'), undefined);
  assert.equal(targetReader('${meta.rack}', { region: '' })(mockNode({ Meta: null })), undefined);
});
