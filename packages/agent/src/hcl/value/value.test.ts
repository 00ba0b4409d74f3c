// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Diagnostics } from '../diagnostic.ts';
import { plain } from '../fixture.ts';
import { Source } from '../source.ts';
import { parseSingleExpression } from '../syntax/parser.ts';
import { convert, unifyPair } from './convert.ts';
import { formatNumber, parseNumber, tidy } from './number.ts';
import { describeTypeWithArticle, type HclType } from './type.ts';
import { printType, typeOfExpression } from './type-expression.ts';
import {
  canonicalText,
  compareText,
  composed,
  equalValues,
  HclSet,
  isSet,
  makeObject,
  makeSet,
  sortedKeys,
  typeName,
  type Value,
} from './value.ts';

const free = (): void => undefined;

function typeOf(text: string): HclType {
  const diagnostics = new Diagnostics();
  const expression = parseSingleExpression(new Source('t', text), { diagnostics });
  diagnostics.throwIfErrors();
  assert.ok(expression);
  return typeOfExpression(expression);
}

function converted(value: Value, type: string): unknown {
  return plain(convert(value, typeOf(type), free));
}

test('numbers become text without an exponent', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [1e21, '1000000000000000000000'],
    [-1e21, '-1000000000000000000000'],
    [1e-7, '0.0000001'],
    [1.25e-9, '0.00000000125'],
    [-1.25e-9, '-0.00000000125'],
  ];
  for (const [value, text] of cases) assert.equal(formatNumber(value), text);
});

test('text becomes a number when it is one', () => {
  for (const text of ['1', '-1', '+1', '1.5', '.5', '5.', '1e3', '1E-3'])
    assert.equal(parseNumber(text), Number(text));
  for (const text of ['', ' 1', '1 ', '0x10', 'Infinity', 'NaN', '1e999', '1_000', 'one', '1'.repeat(2000)]) {
    assert.equal(parseNumber(text), undefined, text);
  }
});

test('printing and reading a number gives the number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(
        parseNumber(formatNumber(value)) === value || Math.abs(value) < 1e-300 || value === 0,
        true,
      );
    }),
  );
});

test('tidying keeps whole numbers', () => {
  assert.equal(tidy(0.1 + 0.2), 0.3);
  assert.equal(Object.is(tidy(-0), 0), true);
  assert.equal(tidy(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  assert.equal(tidy(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});

test('primitive values convert as in the original', () => {
  assert.equal(converted(5, 'string'), '5');
  assert.equal(converted(true, 'string'), 'true');
  assert.equal(converted('5', 'number'), 5);
  assert.equal(converted('true', 'bool'), true);
  assert.equal(converted('1', 'bool'), true);
  assert.equal(converted('0', 'bool'), false);
  assert.equal(converted(null, 'string'), null);
  assert.deepEqual(converted([1, 'a'], 'any'), [1, 'a']);
});

test('what does not convert names what is required', () => {
  const cases: readonly (readonly [Value, string, RegExp])[] = [
    ['x', 'number', /^a number is required$/],
    [true, 'number', /^a number is required$/],
    [1, 'bool', /^a bool is required$/],
    ['TRUE', 'bool', /use lowercase "true"/],
    [[], 'string', /^a string is required$/],
    ['x', 'list(string)', /^a list of string is required$/],
    [['a', []], 'list(string)', /^element 1: a string is required$/],
    [makeObject([['k', 'x']]), 'map(number)', /^element "k": a number is required$/],
    [[], 'map(string)', /^a map of string is required$/],
    [makeObject([]), 'object({ a = string })', /^attribute "a" is required$/],
    [makeObject([['a', []]]), 'object({ a = string })', /^attribute "a": a string is required$/],
    ['x', 'object({ a = string })', /^an object is required$/],
    [['a'], 'tuple([string, string])', /^a tuple of 2 element\(s\) is required$/],
    [makeSet(['a'], free), 'tuple([string])', /^a tuple is required$/],
    [[1, []], 'list(any)', /^all list elements must have the same type$/],
    ['x', 'list(any)', /^a list of any single type is required$/],
  ];
  for (const [value, type, message] of cases) {
    assert.throws(() => convert(value, typeOf(type), free), { name: 'ConversionError', message }, type);
  }
});

test('collections convert element by element', () => {
  assert.deepEqual(converted([1, true], 'list(string)'), ['1', 'true']);
  assert.deepEqual(converted(['b', 'a', 'b'], 'set(string)'), ['a', 'b']);
  assert.deepEqual(converted([10, 9], 'set(number)'), [9, 10]);
  assert.deepEqual(converted(makeObject([['a', 1]]), 'map(string)'), { a: '1' });
  assert.deepEqual(converted(['1', 2], 'tuple([number, string])'), [1, '2']);
  assert.deepEqual(converted([1, 'a', true], 'list(any)'), ['1', 'a', 'true']);
  assert.deepEqual(
    converted(
      makeObject([
        ['a', 1],
        ['b', 'x'],
      ]),
      'map(any)',
    ),
    { a: '1', b: 'x' },
  );
});

test('objects drop what they do not name and fill what is optional', () => {
  const type =
    'object({ a = string, b = optional(number), c = optional(list(string), ["x"]), d = optional(object({ e = optional(bool, true) }), {}) })';
  const value = makeObject([
    ['a', 1],
    ['extra', 2],
  ]);
  assert.deepEqual(converted(value, type), { a: '1', b: null, c: ['x'], d: { e: true } });
  assert.deepEqual(
    converted(
      makeObject([
        ['a', 'x'],
        ['c', null],
      ]),
      type,
    ),
    { a: 'x', b: null, c: ['x'], d: { e: true } },
  );
});

test('type expressions print as they are written', () => {
  const texts = [
    'string',
    'number',
    'bool',
    'any',
    'list(string)',
    'set(number)',
    'map(list(any))',
    'tuple([string, bool])',
    'object({a = string, b = optional(map(bool))})',
  ];
  for (const text of texts) assert.equal(printType(typeOf(text)), text);
  assert.equal(printType(typeOf('"string"')), 'string');
  assert.equal(printType(typeOf('"list"')), 'list(any)');
  assert.equal(printType(typeOf('"map"')), 'map(any)');
});

test('type expressions that mean nothing are refused', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['strng', /"strng" is not a valid type specification/],
    ['list', /requires one argument specifying the element type/],
    ['object', /requires one argument/],
    ['list()', /requires one argument: the element type/],
    ['list(string, string)', /requires one argument/],
    ['object(string)', /attributes and their types in braces/],
    ['tuple(string)', /a list of types in brackets/],
    ['optional(string)', /attributes of an object type only/],
    ['vector(string)', /no type constructor named "vector"/],
    ['"integer"', /written without quotes/],
    ['5', /keyword like string/],
    ['a.b', /keyword like string/],
    ['object({ (x) = string })', /must be plain words/],
    ['object({ a = optional(string, 1, 2) })', /optional takes the type/],
    [
      'object({ a = optional(number, "x") })',
      /not compatible with the attribute's type constraint: a number is required/,
    ],
    ['object({ a = optional(number, x) })', /must be a constant/],
  ];
  for (const [text, message] of cases) assert.throws(() => typeOf(text), message, text);
});

test('defaults of optional attributes may be any constant', () => {
  const type = typeOf('object({ a = optional(any, { b = [-1, !true, "x", null, (2)] }) })');
  assert.deepEqual(plain(convert(makeObject([]), type, free)), { a: { b: [-1, false, 'x', null, 2] } });
});

test('articles fit', () => {
  assert.equal(describeTypeWithArticle({ kind: 'string' }), 'a string');
  assert.equal(describeTypeWithArticle({ kind: 'any' }), 'any type');
  assert.equal(describeTypeWithArticle(typeOf('object({})')), 'an object');
});

test('sets are sorted and hold each value once', () => {
  const set = makeSet([3, 1, 3, 2], free);
  assert.deepEqual([...set], [1, 2, 3]);
  assert.equal(isSet(set), true);
  assert.equal(isSet([1]), false);
  assert.equal(set.map((each) => each) instanceof HclSet, false);
  assert.deepEqual([...makeSet([[2], [1], [2]], free)], [[1], [2]]);
});

test('keys are in the order of their bytes', () => {
  assert.deepEqual(
    sortedKeys(
      makeObject([
        ['b', 1],
        ['10', 1],
        ['2', 1],
        ['a', 1],
        ['B', 1],
      ]),
    ),
    ['10', '2', 'B', 'a', 'b'],
  );
  assert.ok(compareText('\u{ffff}', '\u{10000}') < 0);
  assert.ok(compareText('a', 'ab') < 0);
  assert.equal(compareText('a', 'a'), 0);
});

const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 }).map(makeObject),
  ),
})).value;

test('canonical text is the same exactly for equal values', () => {
  fc.assert(
    fc.property(anyValue, anyValue, (a, b) => {
      assert.equal(equalValues(a, a, free), true);
      assert.equal(equalValues(a, b, free), canonicalText(a, free) === canonicalText(b, free));
    }),
  );
});

test('the order of text is the order of its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      assert.equal(Math.sign(compareText(a, b)), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

test('text is composed and well formed', () => {
  assert.equal(composed('plain'), 'plain');
  assert.equal(composed('e\u0301'), '\u00e9');
  assert.equal(composed('\u212b'), '\u00c5');
  assert.equal(composed('a\ud83d'), 'a\ufffd');
  assert.equal(composed('\u{1f600}'), '\u{1f600}');
});

test('types have names', () => {
  const values: readonly Value[] = [null, true, 1, 'x', [], makeSet([], free), makeObject([])];
  assert.deepEqual(values.map(typeName), ['null', 'bool', 'number', 'string', 'tuple', 'set', 'object']);
});

test('two results find a common type or none', () => {
  assert.deepEqual(unifyPair(1, 'a', free), { a: '1', b: 'a' });
  assert.deepEqual(unifyPair(null, 5, free), { a: null, b: 5 });
  assert.deepEqual(unifyPair([], ['a'], free), { a: [], b: ['a'] });
  assert.deepEqual(unifyPair([1, 2], ['a'], free), { a: ['1', '2'], b: ['a'] });
  assert.deepEqual(unifyPair([1, [2]], ['a'], free), { a: [1, [2]], b: ['a'] });
  assert.deepEqual(unifyPair([null], [1], free), { a: [null], b: [1] });
  const [left, right] = [makeObject([['k', [1]]]), makeObject([['k', ['x']]])];
  assert.deepEqual(JSON.stringify(unifyPair(left, right, free)), '{"a":{"k":["1"]},"b":{"k":["x"]}}');
  const more = makeObject([
    ['k', 'x'],
    ['l', true],
  ]);
  assert.deepEqual(
    JSON.stringify(unifyPair(makeObject([['k', 1]]), more, free)),
    '{"a":{"k":"1"},"b":{"k":"x","l":"true"}}',
  );
  assert.equal(unifyPair(1, true, free), undefined);
  assert.equal(unifyPair([], makeObject([]), free), undefined);
});
