// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { parseJob } from '../parse.ts';

function job(body: string) {
  return parseJob({ source: `job "a" {\n${body}\n}\n`, filename: 'a.nomad' }, { random: seededRandom(1) })
    .job;
}

function constraint(body: string) {
  return job(`constraint {\n${body}\n}`).Constraints;
}

test('a constraint without operator asks for equality', () => {
  const expected = [{ LTarget: '${node.class}', RTarget: 'a', Operand: '=' }];
  assert.deepEqual(constraint('attribute = "${node.class}"\nvalue = "a"'), expected);
  assert.deepEqual(constraint('attribute = "${node.class}"\noperator = ""\nvalue = "a"'), expected);
});

test('each short form is its operator with a value', () => {
  for (const operator of [
    'version',
    'semver',
    'regexp',
    'set_contains',
    'set_contains_all',
    'set_contains_any',
  ])
    assert.deepEqual(constraint(`attribute = "x"\n${operator} = "v"`), [
      { LTarget: 'x', RTarget: 'v', Operand: operator },
    ]);
});

test('distinct hosts is a switch', () => {
  assert.deepEqual(constraint('distinct_hosts = true'), [
    { LTarget: '', RTarget: 'true', Operand: 'distinct_hosts' },
  ]);
  assert.deepEqual(constraint('distinct_hosts = "true"'), [
    { LTarget: '', RTarget: 'true', Operand: 'distinct_hosts' },
  ]);
  assert.deepEqual(constraint('distinct_hosts = false'), []);
});

test('distinct property takes how many may share a value', () => {
  assert.deepEqual(constraint('distinct_property = "${meta.rack}"'), [
    { LTarget: '${meta.rack}', RTarget: '', Operand: 'distinct_property' },
  ]);
  assert.deepEqual(constraint('distinct_property = "${meta.rack}"\nvalue = "3"'), [
    { LTarget: '${meta.rack}', RTarget: '3', Operand: 'distinct_property' },
  ]);
  assert.deepEqual(constraint('operator = "distinct_property"\nattribute = "${meta.rack}"'), [
    { LTarget: '${meta.rack}', RTarget: '', Operand: 'distinct_property' },
  ]);
});

test('numbers are values, too', () => {
  assert.deepEqual(constraint('attribute = "${attr.cpu.numcores}"\noperator = ">="\nvalue = 4'), [
    { LTarget: '${attr.cpu.numcores}', RTarget: '4', Operand: '>=' },
  ]);
});

test('affinities and spreads weigh fifty unless said otherwise', () => {
  assert.equal(job('affinity {\n  attribute = "a"\n  value = "b"\n}').Affinities?.[0]?.Weight, 50);
  assert.equal(job('affinity {\n  weight = -100\n}').Affinities?.[0]?.Weight, -100);
  assert.equal(job('spread {\n  attribute = "a"\n}').Spreads?.[0]?.Weight, 50);
});

test('targets of a spread are named by their label or their value', () => {
  const [spread] =
    job(
      'spread {\n  attribute = "a"\n  target "x" {\n    percent = 70\n  }\n  target "y" {\n    value = "z"\n  }\n}',
    ).Spreads ?? [];
  assert.deepEqual(spread?.SpreadTarget, [{ Value: 'x', Percent: 70 }, { Value: 'z' }]);
});
