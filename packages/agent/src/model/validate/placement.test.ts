// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorList } from './error-list.ts';
import { validateAffinities, validateConstraints, validateSpreads } from './placement.ts';

function constraint(Operand: string, RTarget = '', LTarget = '${attr.x}'): string {
  const errors = new ErrorList();
  validateConstraints(errors, [{ Operand, RTarget, LTarget }], 'group');
  return errors.messages.join('\n');
}

function affinity(over: object): string {
  const errors = new ErrorList();
  validateAffinities(errors, [{ Operand: '=', RTarget: 'a', LTarget: 'b', Weight: 50, ...over }]);
  return errors.messages.join('\n');
}

function spread(over: object): string {
  const errors = new ErrorList();
  validateSpreads(errors, [{ Attribute: '${node.datacenter}', Weight: 50, SpreadTarget: null, ...over }]);
  return errors.messages.join('\n');
}

test('every operator of the language is known, with a value it takes', () => {
  const values: [string, string][] = [
    ...['=', '==', 'is', '!=', 'not', '<', '<=', '>', '>='].map((op): [string, string] => [op, 'x']),
    ...['set_contains', 'set_contains_all', 'set_contains_any'].map((op): [string, string] => [op, 'a,b']),
    ['regexp', '^a(b|c)+$'],
    ['version', '>= 1.2, < 2.0'],
    ['semver', '>= 1.2.3-beta.1'],
    ['is_set', ''],
    ['is_not_set', ''],
    ['distinct_hosts', 'true'],
    ['distinct_hosts', ''],
    ['distinct_property', '2'],
    ['distinct_property', ''],
  ];
  for (const [operand, value] of values) assert.equal(constraint(operand, value), '', `${operand} ${value}`);
});

test('unknown operators are refused, also names that objects have by birth', () => {
  for (const operand of ['~', '=~', 'like', 'constructor', '__proto__', 'toString'])
    assert.match(
      constraint(operand, 'x'),
      /Constraint 1 validation failed: .*Unknown constraint type/s,
      operand,
    );
  assert.match(constraint('', 'x'), /Missing constraint operand/);
});

test('values that an operator can not use are refused', () => {
  assert.match(constraint('=', ''), /Operator "=" requires an RTarget/);
  assert.match(constraint('is_set', 'x'), /Operator "is_set" does not support an RTarget/);
  assert.match(constraint('distinct_hosts', 'maybe'), /takes true or false, not "maybe"/);
  assert.match(constraint('distinct_property', 'many'), /Failed to convert RTarget "many" to uint64/);
  assert.match(constraint('distinct_property', '0'), /allowed count of 1 or greater; got 0 < 1/);
  assert.match(constraint('regexp', '('), /Regular expression failed to compile/);
  assert.match(constraint('regexp', '(?=a)'), /Regular expression failed to compile/);
  assert.match(constraint('regexp', 'a'.repeat(5000)), /longer than 4096 characters/);
  assert.match(constraint('version', 'new'), /Version constraint is invalid/);
  assert.match(constraint('semver', '>= 1'), /Semver constraint is invalid/);
  assert.match(constraint('semver', '~> 1.0.0'), /semver has no operator "~>"/);
});

test('what a constraint looks at is required, but not for distinct hosts', () => {
  assert.match(constraint('=', 'x', ''), /No LTarget provided but is required by constraint/);
  assert.match(constraint('distinct_property', '', ''), /No LTarget provided/);
  assert.equal(constraint('distinct_hosts', 'true', ''), '');
});

test('a pattern that is only known at run time is not compiled', () => {
  assert.equal(constraint('regexp', '${meta.pattern}('), '');
  assert.equal(constraint('version', '${meta.version}'), '');
});

test('a pattern that blows up other engines is no problem', () => {
  const started = process.cpuUsage().user;
  assert.equal(constraint('regexp', '^(a+)+$'), '');
  assert.ok(process.cpuUsage().user - started < 1_000_000);
});

test('affinities have a weight and fewer operators', () => {
  assert.equal(affinity({}), '');
  assert.match(affinity({ Weight: 0 }), /Affinity weight cannot be zero/);
  assert.match(affinity({ Weight: 101 }), /Affinity weight must be within the range \[-100,100\]/);
  assert.match(affinity({ Weight: -101 }), /Affinity weight must be within the range/);
  for (const Operand of ['is_set', 'distinct_hosts', 'distinct_property'])
    assert.match(affinity({ Operand }), /Unknown affinity type/);
});

test('spreads have weight, attribute and targets that fit', () => {
  assert.equal(spread({}), '');
  assert.match(spread({ Attribute: '' }), /Missing spread attribute/);
  for (const Weight of [0, 101, -1]) assert.match(spread({ Weight }), /positive weight from 0 to 100/);
  const target = (Value: string, Percent: number) => ({ Value, Percent });
  assert.equal(spread({ SpreadTarget: [target('a', 60), target('b', 40)] }), '');
  assert.match(
    spread({ SpreadTarget: [target('a', 60), target('b', 50)] }),
    /not be greater than 100%; got 110%/,
  );
  assert.match(
    spread({ SpreadTarget: [target('a', 10), target('a', 10)] }),
    /target value "a" already defined/,
  );
  assert.match(spread({ SpreadTarget: [target('a', 120)] }), /must be between 0 and 100/);
});
