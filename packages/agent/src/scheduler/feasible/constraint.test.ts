// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Constraint } from '@serai/api';
import { mockNode } from '#testing';
import { constraintChecks, constraintText, matcherOf } from './constraint.ts';

const context = { region: 'global' };
const rule = (LTarget: string, Operand: string, RTarget: string): Constraint => ({
  LTarget,
  Operand,
  RTarget,
});

test('a refusal reads as the user wrote the constraint', () => {
  const constraint = rule('${attr.kernel.name}', '=', 'windows');
  assert.equal(constraintText(constraint), '${attr.kernel.name} = windows');
  const [check] = constraintChecks([constraint], context);
  assert.equal(check?.refuse(mockNode()), '${attr.kernel.name} = windows');
  assert.equal(check?.unique, false);
});

test('a node that meets it is not refused', () => {
  const [check] = constraintChecks([rule('${attr.kernel.name}', '=', 'linux')], context);
  assert.equal(check?.refuse(mockNode()), undefined);
});

test('both sides may refer to the node', () => {
  const matches = matcherOf(rule('${meta.wanted}', '=', '${node.datacenter}'), context);
  assert.equal(matches(mockNode({ Meta: { wanted: 'dc1' } })), true);
  assert.equal(matches(mockNode({ Meta: { wanted: 'dc2' } })), false);
  assert.equal(matches(mockNode({ Meta: {} })), false);
});

test('what is unique to a node can not be answered by its class', () => {
  const unique = (LTarget: string, RTarget = 'x'): boolean | undefined =>
    constraintChecks([rule(LTarget, '=', RTarget)], context)[0]?.unique;
  assert.equal(unique('${node.unique.id}'), true);
  assert.equal(unique('${attr.unique.hostname}'), true);
  assert.equal(unique('${meta.unique.key}'), true);
  assert.equal(unique('box', '${node.unique.name}'), true);
  assert.equal(unique('${node.datacenter}'), false);
});

test('distinct constraints are not checks of one node', () => {
  assert.deepEqual(
    constraintChecks(
      [rule('', 'distinct_hosts', 'true'), rule('${meta.rack}', 'distinct_property', '1')],
      context,
    ),
    [],
  );
});

test('an operator nobody knows refuses every node', () => {
  const [check] = constraintChecks([rule('a', 'like', 'a')], context);
  assert.equal(check?.refuse(mockNode()), 'a like a');
});
