// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Constraint } from '@serai/api';
import { mockJob, mockNode, mockTaskGroup } from '#testing';
import { distinctHostsOf, distinctPropertiesOf } from './distinct.ts';

const hosts = (RTarget: string): Constraint => ({ LTarget: '', Operand: 'distinct_hosts', RTarget });
const property = (LTarget: string, RTarget: string): Constraint => ({
  LTarget,
  Operand: 'distinct_property',
  RTarget,
});

test('distinct_hosts holds for the job or for the group', () => {
  const job = mockJob({ Constraints: [hosts('true')] });
  const group = mockTaskGroup({ Constraints: [hosts('true')] });
  assert.equal(distinctHostsOf(job, group), 'job');
  assert.equal(distinctHostsOf(mockJob(), group), 'group');
  assert.equal(distinctHostsOf(mockJob(), mockTaskGroup()), undefined);
});

test('distinct_hosts can be switched off', () => {
  for (const off of ['false', 'F', '0', ' False ']) {
    assert.equal(distinctHostsOf(mockJob({ Constraints: [hosts(off)] }), mockTaskGroup()), undefined, off);
  }
  for (const on of ['true', '', '1']) {
    assert.equal(distinctHostsOf(mockJob({ Constraints: [hosts(on)] }), mockTaskGroup()), 'job', on);
  }
});

test('distinct_property has a count, one when none is given', () => {
  const job = mockJob({ Constraints: [property('${meta.rack}', '')] });
  const group = mockTaskGroup({ Constraints: [property('${node.datacenter}', '3')] });
  const found = distinctPropertiesOf(job, group, { region: 'global' });
  assert.deepEqual(
    found.map((item) => [item.attribute, item.allowed, item.scope]),
    [
      ['${meta.rack}', 1, 'job'],
      ['${node.datacenter}', 3, 'group'],
    ],
  );
  assert.equal(found[1]?.read(mockNode()), 'dc1');
});

test('a count that can not be read allows nothing', () => {
  for (const text of ['many', '-1', '1.5', '99999999999']) {
    const job = mockJob({ Constraints: [property('${meta.rack}', text)] });
    assert.equal(distinctPropertiesOf(job, mockTaskGroup(), { region: '' })[0]?.allowed, 0, text);
  }
});

test('other constraints are none of its business', () => {
  assert.deepEqual(distinctPropertiesOf(mockJob(), mockTaskGroup(), { region: '' }), []);
});
