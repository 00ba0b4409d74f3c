// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateText, plain } from '../fixture.ts';
import { makeObject, makeSet, type Value } from '../value/value.ts';

const variables: Record<string, Value> = {
  var: makeObject([
    ['name', 'web'],
    ['count', 3],
    ['list', ['a', 'b', 'c']],
    [
      'map',
      makeObject([
        ['z', 1],
        ['a', 2],
      ]),
    ],
    ['none', null],
    [
      'items',
      [
        makeObject([
          ['id', 1],
          ['tags', ['x', 'y']],
        ]),
        makeObject([
          ['id', 2],
          ['tags', []],
        ]),
      ],
    ],
    ['set', makeSet(['b', 'a', 'b'], () => undefined)],
  ]),
};

function same(expression: string, expected: unknown): void {
  assert.deepEqual(plain(evaluateText(expression, { variables })), expected, expression);
}

function fails(expression: string, pattern: RegExp): void {
  assert.throws(() => evaluateText(expression, { variables }), pattern, expression);
}

test('literals are what they say', () => {
  same('null', null);
  same('true', true);
  same('false', false);
  same('0', 0);
  same('12.5', 12.5);
  same('1e3', 1000);
  same('1.5E-2', 0.015);
  same('"a\\tb\\n\\"\\\\"', 'a\tb\n"\\');
  same('"\\u00e9\\U0001F600"', 'é😀');
  same('[]', []);
  same('{}', {});
});

test('arithmetic follows precedence and associates to the left', () => {
  same('1 + 2 * 3', 7);
  same('(1 + 2) * 3', 9);
  same('10 - 4 - 3', 3);
  same('100 / 10 / 2', 5);
  same('7 % 4 % 2', 1);
  same('-2 + 5', 3);
  same('2 - -3', 5);
  same('- 2 * 3', -6);
  same('--5', 5);
});

test('fractions carry no binary noise', () => {
  same('0.1 + 0.2', 0.3);
  same('0.1 * 3', 0.3);
  same('1.1 - 1', 0.1);
  same('9007199254740991 - 1', 9007199254740990);
});

test('numbers in text are converted where a number is needed', () => {
  same('"5" + 3', 8);
  same('"1.5" * "2"', 3);
  same('"10" > 9', true);
  fails('"five" + 1', /Invalid operand; Unsuitable value for left operand: a number is required/);
  fails('1 + true', /right operand: a number is required/);
  fails('1 + null', /right operand: a number is required, not null/);
  fails('1 + [1]', /right operand: a number is required/);
});

test('comparison and equality', () => {
  same('1 < 2', true);
  same('2 <= 2', true);
  same('3 > 4', false);
  same('4 >= 4', true);
  same('1 == 1', true);
  same('"a" != "b"', true);
  same('[1, 2] == [1, 2]', true);
  same('{ a = 1, b = 2 } == { b = 2, a = 1 }', true);
  same('null == null', true);
});

test('values of different types are never equal', () => {
  same('1 == "1"', false);
  same('true == "true"', false);
  same('[] == {}', false);
  same('[1] == [1, 2]', false);
  same('{ a = 1 } == { b = 1 }', false);
  same('var.set == ["a", "b"]', false);
});

test('logic takes bools and stops early', () => {
  same('true && false', false);
  same('true || false', true);
  same('!true', false);
  same('!!true', true);
  same('"true" && true', true);
  same('false && nothing.there', false);
  same('true || nothing.there', true);
  same('true || false && false', true);
  fails('1 && true', /left operand: a bool is required/);
  fails('!"x"', /operand: a bool is required/);
  fails('"True" && true', /use lowercase "true"/);
});

test('division by zero is an error at the divisor', () => {
  fails('1 / 0', /test\.hcl:1,9-10: Division by zero/);
  fails('1 % 0', /Division by zero/);
});

test('results that no number can hold are an error', () => {
  fails('1e308 * 10', /Operation failed/);
});

test('conditionals choose and ignore errors of the other side', () => {
  same('true ? "a" : "b"', 'a');
  same('var.count > 2 ? "many" : "few"', 'many');
  same('false ? nothing.there : "ok"', 'ok');
  same('length(var.list) > 5 ? var.list[5] : "none"', 'none');
  same('true ? null : "x"', null);
  same('false ? 1 : true ? 2 : 3', 2);
  fails('1 ? 2 : 3', /Incorrect condition type/);
  fails('null ? 2 : 3', /condition value is null/);
});

test('both results of a conditional get one type', () => {
  same('true ? 1 : "x"', '1');
  same('false ? "x" : true', 'true');
  fails('true ? 1 : [1]', /Inconsistent conditional result types/);
  fails('true ? 1 : false', /Inconsistent conditional result types/);
});

test('attributes and elements', () => {
  same('var.name', 'web');
  same('var["name"]', 'web');
  same('var.list[1]', 'b');
  same('var.list.1', 'b');
  same('var.list["2"]', 'c');
  same('var.list[var.count - 1]', 'c');
  same('var.items[0].tags[1]', 'y');
  same('var.items.0.tags.1', 'y');
  same('{ a = { b = 5 } }.a.b', 5);
  same('[1, 2, 3][0]', 1);
  same('(var.map).a', 2);
  same('var[join("", ["na", "me"])]', 'web');
});

test('what is not there is named, with the nearest name', () => {
  fails(
    'var.nme',
    /Unsupported attribute; This object does not have an attribute named "nme"\. Did you mean "name"\?/,
  );
  fails('vra.name', /Unknown variable; There is no variable named "vra"\. Did you mean "var"\?/);
  fails('var.list[3]', /Invalid index; .* greater than or equal to the length of the collection, 3/);
  fails('var.list[-1]', /index is negative/);
  fails('var.list[0.5]', /whole number/);
  fails('var.list["x"]', /number is required/);
  fails('var.map["q"]', /there is no "q"/);
  fails('var.none.x', /Attempt to get attribute from null value/);
  fails('var.none[0]', /Attempt to index null value/);
  fails('var.name.x', /primitive-typed value \(string\)/);
  fails('var.list.x', /Can't access attributes on a list/);
  fails('var.name[0]', /does not have any indices/);
  fails('var.set[0]', /Elements of a set are identified only by their value/);
  fails('var.list[null]', /null value as an indexing key/);
});

test('splats take an attribute of every element', () => {
  same('var.items[*].id', [1, 2]);
  same('var.items.*.id', [1, 2]);
  same('var.items[*].tags', [['x', 'y'], []]);
  same('var.items[0].tags[*]', ['x', 'y']);
  same('var.list[*]', ['a', 'b', 'c']);
  same('var.items.*.id[1]', 2);
  fails('var.items[*].tags[0]', /Invalid index/);
});

test('a splat makes a list of anything that is none', () => {
  same('var.name[*]', ['web']);
  same('var.none[*]', []);
  same('var.map[*].a', [2]);
});

test('splats nest', () => {
  same('[{ a = [{ b = 1 }, { b = 2 }] }, { a = [] }][*].a[*].b', [[1, 2], []]);
});

test('for builds tuples', () => {
  same('[for x in var.list : upper(x)]', ['A', 'B', 'C']);
  same('[for i, x in var.list : "${i}${x}"]', ['0a', '1b', '2c']);
  same('[for k, v in var.map : "${k}=${v}"]', ['a=2', 'z=1']);
  same('[for x in var.list : x if x != "b"]', ['a', 'c']);
  same('[for x in var.set : x]', ['a', 'b']);
  same('[for k, v in var.set : "${k}${v}"]', ['aa', 'bb']);
  same('[for x in [] : x]', []);
  same('[for a in [1, 2] : [for b in [10, 20] : a * b]]', [
    [10, 20],
    [20, 40],
  ]);
});

test('for builds objects', () => {
  same('{for x in var.list : x => upper(x)}', { a: 'A', b: 'B', c: 'C' });
  same('{for i, x in var.list : x => i if i > 0}', { b: 1, c: 2 });
  same('{for x in var.list : length(x) => x...}', { '1': ['a', 'b', 'c'] });
  fails('{for x in ["a", "a"] : x => 1}', /Duplicate object key/);
  fails('{for x in [null] : x => 1}', /null value as a key/);
  fails('{for x in [[1]] : x => 1}', /Invalid object key/);
});

test('for iterates collections only and hides outer names inside', () => {
  fails('[for x in "text" : x]', /Iteration over non-iterable value; A value of type string/);
  fails('[for x in null : x]', /Iteration over null value/);
  same('[for var in [1] : var]', [1]);
  fails('[for x in var.list : x if "q"]', /condition expression must be of type bool/);
});

test('a for expression may span lines', () => {
  same('[\n  for x in var.list :\n  x\n  if x != "a"\n]', ['b', 'c']);
  same('{\n  for x in var.list :\n  x => 1\n}', { a: 1, b: 1, c: 1 });
});

test('object keys are words, text or expressions', () => {
  same('{ a = 1, "b c" = 2, (var.name) = 3, "${var.name}-x" = 4, 5 = 6 }', {
    '5': 6,
    a: 1,
    'b c': 2,
    web: 3,
    'web-x': 4,
  });
  same('{ a : 1 }', { a: 1 });
  same('{ if = 1, for = 2, null = 3, true = 4 }', { if: 1, for: 2, null: 3, true: 4 });
  same('{ a = 1, a = 2 }', { a: 2 });
  fails('{ (null) = 1 }', /null value as a key/);
  fails('{ ([1]) = 1 }', /Incorrect key type/);
});

test('keys that mean something to JavaScript are keys like any other', () => {
  const value = evaluateText('{ __proto__ = 1, constructor = 2, toString = 3 }') as Record<string, unknown>;
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor', 'toString']);
  same('{ a = 1 }.a', 1);
  fails('{ a = 1 }.constructor', /does not have an attribute named "constructor"/);
  fails('{ a = 1 }["__proto__"]', /there is no "__proto__"/);
});

test('function arguments can be expanded from a list', () => {
  same('max([1, 5, 3]...)', 5);
  same('max(9, [1, 5, 3]...)', 9);
  same('format("%s-%s", ["a", "b"]...)', 'a-b');
  same('max(var.items[*].id...)', 2);
  fails('max("x"...)', /expanding argument .* must be of a tuple, list, or set type/);
});

test('calls are checked against the declaration of the function', () => {
  fails(
    'uper("a")',
    /test\.hcl:1,5-9: Call to unknown function; There is no function named "uper"\. Did you mean "upper"\?/,
  );
  fails('nothing_like_it("a")', /There is no function named "nothing_like_it"\.$/);
  fails(
    'upper()',
    /Not enough function arguments; Function "upper" expects 1 argument\(s\)\. Missing value for "str"/,
  );
  fails('upper("a", "b")', /Too many function arguments; Function "upper" expects only 1 argument/);
  fails('upper([])', /Invalid function argument; Invalid value for "str" parameter: a string is required/);
  fails('upper(null)', /argument must not be null/);
  fails('coalesce()', /Call to function "coalesce" failed: no non-null arguments/);
});

test('arguments may span lines and end with a comma', () => {
  assert.equal(evaluateText('join(\n  "-",\n  ["a", "b"],\n)'), 'a-b');
});
