// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonOf, isDistinctOperator, maxPatternLength } from './operators.ts';

type Row = readonly [
  left: string | undefined,
  operator: string,
  right: string | undefined,
  expected: boolean,
];

function check(rows: readonly Row[]): void {
  for (const [left, operator, right, expected] of rows) {
    const compare = comparisonOf(operator);
    assert.ok(compare, operator);
    assert.equal(compare(left, right), expected, `${left} ${operator} ${right}`);
  }
}

test('equality needs both sides', () => {
  check([
    ['linux', '=', 'linux', true],
    ['linux', '==', 'linux', true],
    ['linux', 'is', 'linux', true],
    ['linux', '', 'linux', true],
    ['linux', '=', 'Linux', false],
    [undefined, '=', 'linux', false],
    ['linux', '=', undefined, false],
    [undefined, '=', undefined, false],
    ['', '=', '', true],
  ]);
});

test('inequality is true when one side is missing', () => {
  check([
    ['linux', '!=', 'windows', true],
    ['linux', 'not', 'linux', false],
    [undefined, '!=', 'linux', true],
    ['linux', '!=', undefined, true],
    [undefined, '!=', undefined, false],
  ]);
});

test('order compares whole numbers by value', () => {
  check([
    ['9', '<', '10', true],
    ['10', '>', '9', true],
    ['10', '>=', '10', true],
    ['10', '<=', '10', true],
    ['-5', '<', '3', true],
    ['+5', '=', '5', false],
    ['+5', '>=', '5', true],
    ['9223372036854775807', '>', '9223372036854775806', true],
  ]);
});

test('order compares decimal numbers by value', () => {
  check([
    ['1.5', '<', '10.2', true],
    ['2', '<', '10.5', true],
    ['1e3', '>', '999.5', true],
    ['.5', '<', '0.75', true],
  ]);
});

test('order compares everything else as text', () => {
  check([
    ['abc', '<', 'abd', true],
    ['10a', '<', '9a', true],
    ['10', '<', 'x', true],
    ['b', '>=', 'a', true],
    ['a', '<=', 'a', true],
    [undefined, '<', 'a', false],
    ['a', '<', undefined, false],
  ]);
});

test('regexp finds anywhere and knows RE2 syntax', () => {
  check([
    ['linux-amd64', 'regexp', 'amd', true],
    ['linux-amd64', 'regexp', '^amd', false],
    ['6.1.0-18', 'regexp', '^6\\.[0-9]+', true],
    ['ABC', 'regexp', '(?i)abc', true],
    [undefined, 'regexp', '.*', false],
  ]);
});

test('a pattern that is broken, too long or not RE2 matches nothing', () => {
  check([
    ['a', 'regexp', '(', false],
    ['aa', 'regexp', '(a)\\1', false],
    ['a', 'regexp', 'a'.repeat(maxPatternLength + 1), false],
  ]);
});

test('a hostile pattern takes linear time', () => {
  const compare = comparisonOf('regexp');
  assert.equal(compare?.('a'.repeat(5000), '(a+)+$'), true);
  assert.equal(compare?.(`${'a'.repeat(5000)}!`, '^(a+)+$'), false);
});

test('version follows the rules for prereleases', () => {
  check([
    ['1.2.3', 'version', '>= 1.2, < 2.0', true],
    ['2.0.0', 'version', '>= 1.2, < 2.0', false],
    ['v1.2.3', 'version', '= 1.2.3', true],
    ['6.1.0', 'version', '> 5', true],
    ['1.7.0-beta', 'version', '>= 1.6.0', false],
    ['1.7.0-beta', 'version', '>= 1.7.0-alpha', true],
    ['1.7.1-beta', 'version', '>= 1.7.0-alpha', false],
    ['1.7.0', 'version', '>= 1.7.0-alpha', true],
    ['1.7.0-beta', 'version', '!= 1.7.0', true],
    ['1.4.5', 'version', '~> 1.4.2', true],
    ['1.5.0', 'version', '~> 1.4.2', false],
    ['1.5.0', 'version', '~> 1.4', true],
    ['2.0.0', 'version', '~> 1.4', false],
    ['1.4.1', 'version', '~> 1.4.2', false],
    ['not a version', 'version', '> 1', false],
    ['1.0', 'version', 'newest', false],
    [undefined, 'version', '> 1', false],
  ]);
});

test('semver orders prereleases as the specification says', () => {
  check([
    ['1.7.0-beta', 'semver', '>= 1.6.0', true],
    ['1.7.0-beta.2', 'semver', '> 1.7.0-beta.1', true],
    ['1.7.0-beta', 'semver', '< 1.7.0', true],
    ['1.7.0-alpha', 'semver', '< 1.7.0-beta', true],
    ['1.7.0', 'semver', '~> 1.6.0', false],
  ]);
});

test('sets are lists with commas', () => {
  check([
    ['a,b,c', 'set_contains', 'a,c', true],
    ['a, b , c', 'set_contains', 'b', true],
    ['a,b', 'set_contains', 'a,z', false],
    ['a,b,c', 'set_contains_all', 'c , a', true],
    ['a,b', 'set_contains_any', 'z,b', true],
    ['a,b', 'set_contains_any', 'y,z', false],
    ['abc', 'set_contains', 'a', false],
    [undefined, 'set_contains_any', 'a', false],
  ]);
});

test('presence asks only for the left side', () => {
  check([
    ['x', 'is_set', '', true],
    ['', 'is_set', undefined, true],
    [undefined, 'is_set', '', false],
    [undefined, 'is_not_set', '', true],
    ['x', 'is_not_set', '', false],
  ]);
});

test('an unknown operator has no comparison', () => {
  assert.equal(comparisonOf('like'), undefined);
  assert.equal(comparisonOf('distinct_hosts'), undefined);
  assert.equal(isDistinctOperator('distinct_hosts'), true);
  assert.equal(isDistinctOperator('distinct_property'), true);
  assert.equal(isDistinctOperator('='), false);
});
