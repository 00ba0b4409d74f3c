// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Affinity } from '@serai/api';
import { mockJob, mockNode, mockTask, mockTaskGroup } from '#testing';
import { affinityScorer } from './affinity.ts';

const affinity = (LTarget: string, RTarget: string, Weight: number, Operand = '='): Affinity => ({
  LTarget,
  RTarget,
  Operand,
  Weight,
});

test('no affinities, no scorer', () => {
  assert.equal(affinityScorer(mockJob(), mockTaskGroup()), undefined);
  assert.equal(affinityScorer(mockJob({ Affinities: [affinity('a', 'a', 0)] }), mockTaskGroup()), undefined);
});

test('the score is the part of all weights that a node earns', () => {
  const job = mockJob({ Affinities: [affinity('${node.datacenter}', 'dc1', 100)] });
  const group = mockTaskGroup({
    Affinities: [affinity('${meta.ssd}', 'yes', 50)],
    Tasks: [mockTask({ Affinities: [affinity('${node.class}', 'slow', -50)] })],
  });
  const scorer = affinityScorer(job, group);
  assert.equal(scorer?.score(mockNode({ Meta: { ssd: 'yes' }, NodeClass: 'fast' })), 150 / 200);
  assert.equal(scorer?.score(mockNode({ Meta: {}, NodeClass: 'slow' })), 50 / 200);
  assert.equal(scorer?.score(mockNode({ Datacenter: 'dc2', NodeClass: 'slow' })), -50 / 200);
  assert.equal(scorer?.score(mockNode({ Datacenter: 'dc2' })), 0);
  assert.equal(scorer?.unique, false);
});

test('all operators of constraints work', () => {
  const scorer = affinityScorer(
    mockJob({ Affinities: [affinity('${attr.kernel.version}', '>= 6.0', 100, 'version')] }),
    mockTaskGroup(),
  );
  assert.equal(scorer?.score(mockNode()), 1);
});

test('an affinity to a single node is not shared by its class', () => {
  const job = mockJob({ Affinities: [affinity('${node.unique.name}', 'box', 100)] });
  const scorer = affinityScorer(job, mockTaskGroup());
  assert.equal(scorer?.unique, true);
  assert.equal(scorer?.score(mockNode({ Name: 'box' })), 1);
});
