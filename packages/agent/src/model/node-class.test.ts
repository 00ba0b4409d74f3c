// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '@serai/api';
import { mockNode, mockNodeResources } from '#testing';
import { computeNodeClass, isUniqueTarget } from './node-class.ts';

const base = mockNode();
const classOf = (fields: Partial<Node>): string => computeNodeClass({ ...base, ...fields });

test('a class is a number with a version', () => {
  assert.match(classOf({}), /^v1:\d{1,20}$/);
  assert.equal(classOf({}), classOf({}));
  assert.equal(base.ComputedClass, classOf({}));
});

test('what is unique to a node does not count', () => {
  for (const fields of [
    { ID: 'x', Name: 'x', SecretID: 'y', HTTPAddr: 'z', Status: 'down', SchedulingEligibility: 'ineligible' },
    { Attributes: { ...base.Attributes, 'unique.hostname': 'other' } },
    { Meta: { ...base.Meta, 'unique.serial': '7' } },
    { Links: { consul: 'a' }, ModifyIndex: 9 },
  ])
    assert.equal(classOf(fields), classOf({}), JSON.stringify(fields));
});

test('what checks look at counts', () => {
  const driver = { ...base.Drivers?.['raw_exec'], Healthy: false };
  const found = [
    classOf({}),
    classOf({ Datacenter: 'dc2' }),
    classOf({ NodePool: 'gpu' }),
    classOf({ NodeClass: 'big' }),
    classOf({ Attributes: { ...base.Attributes, 'cpu.arch': 'arm64' } }),
    classOf({ Meta: { ...base.Meta, rack: 'r1' } }),
    classOf({ Drivers: { ...base.Drivers, raw_exec: driver as NonNullable<Node['Drivers']>[string] } }),
    classOf({ HostVolumes: { data: { Name: 'data', Path: '/x', ReadOnly: false } } }),
    classOf({ HostVolumes: { data: { Name: 'data', Path: '/x', ReadOnly: true } } }),
    classOf({ HostNetworks: { public: { Name: 'public', CIDR: '', Interface: '', ReservedPorts: '' } } }),
    classOf({
      NodeResources: mockNodeResources({
        NodeNetworks: [{ Mode: 'bridge', Device: 'nomad', MacAddress: '', Speed: 0, Addresses: null }],
      }),
    }),
  ];
  assert.equal(new Set(found).size, found.length);
});

test('the order of keys does not matter', () => {
  const reversed = Object.fromEntries(Object.entries(base.Attributes ?? {}).reverse());
  assert.equal(classOf({ Attributes: reversed }), classOf({}));
});

test('amounts do not matter: a class is about what a node is, not what it has left', () => {
  assert.equal(classOf({ NodeResources: mockNodeResources({ Memory: { MemoryMB: 1 } }) }), classOf({}));
  assert.equal(classOf({ NodeResources: mockNodeResources({}, '10.1.2.3') }), classOf({}));
});

test('a node with nothing has a class as well', () => {
  const empty = {
    Attributes: null,
    Meta: null,
    Drivers: null,
    NodeResources: null,
    HostVolumes: null,
    HostNetworks: null,
  };
  assert.match(classOf(empty), /^v1:\d+$/);
});

test('targets that only one node can answer', () => {
  for (const target of ['${node.unique.id}', '${attr.unique.hostname}', '${meta.unique.x}'])
    assert.equal(isUniqueTarget(target), true, target);
  for (const target of ['${node.datacenter}', '${attr.kernel.name}', 'unique.id', ''])
    assert.equal(isUniqueTarget(target), false, target);
});
