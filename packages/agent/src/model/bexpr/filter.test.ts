// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocation, DrainStrategy, Job, make, Node, PeriodicConfig, TaskState } from '@serai/api';
import fc from 'fast-check';
import { AppError } from '#base';
import {
  compileFilter,
  maxFilterDepth,
  maxFilterLength,
  maxFilterNodes,
  maxPatternLength,
} from './filter.ts';

const job = make(Job, {
  ID: 'web',
  Namespace: 'default',
  Priority: 50,
  Stop: false,
  AllAtOnce: true,
  Datacenters: ['dc1', 'dc2'],
  Meta: { owner: 'ops', 'a.b': 'dotted', 'key with "quotes"': 'q', empty: '' },
  Status: 'running',
  Version: 3,
  SubmitTime: 1_700_000_000_000_000_000,
});

function passes(
  text: string,
  object: object = job,
  schema = Job as Parameters<typeof compileFilter>[1],
): boolean {
  return compileFilter(text, schema)(object);
}

function failure(text: string, object: object = job): string {
  try {
    compileFilter(text, Job)(object);
  } catch (error) {
    assert.ok(error instanceof AppError, `${text}: ${String(error)}`);
    assert.equal(error.code, 'invalid');
    return error.message;
  }
  return assert.fail(`${text} was accepted`);
}

const truths: readonly string[] = [
  'ID == "web"',
  'ID == web',
  'ID == `web`',
  'ID!="api"',
  'Priority == 50',
  'Priority == "50"',
  'Priority == "0x32"',
  'Priority != 51',
  'Priority != -50',
  'SubmitTime == 1700000000000000000',
  'Stop == false',
  'Stop != true',
  'AllAtOnce == "1"',
  'Datacenters contains "dc1"',
  '"dc2" in Datacenters',
  'dc2 in Datacenters',
  '"dc3" not in Datacenters',
  'Datacenters not contains dc3',
  'Datacenters is not empty',
  'Constraints is empty',
  'Meta is not empty',
  'Meta.owner == ops',
  'Meta["owner"] == "ops"',
  'Meta["a.b"] == dotted',
  'Meta["key with \\"quotes\\""] == q',
  '"/Meta/owner" == "ops"',
  'owner in Meta',
  'Meta contains "owner"',
  '"missing" not in Meta',
  'Meta.missing is empty',
  'Meta.empty is empty',
  'Meta.missing != "x"',
  'Meta.missing not matches "x"',
  'not Meta.missing == "x"',
  'ID matches "^w.b$"',
  'ID not matches "^x"',
  'ID contains "e"',
  '"eb" in ID',
  'ID is not empty',
  'ParentID is empty',
  'ID == web and Status == running',
  'ID == api or Status == running',
  'ID == api and Status == dead or Status == running',
  'Status == running or ID == api and Status == dead',
  'not ID == api',
  'not (ID == api or Status == dead)',
  'not not ID == web',
  '(((ID == web)))',
  ' \t\r\n ID \n == \n web ',
  'Datacenters.0 == dc1',
  'Update.MaxParallel == 0',
  'Periodic is empty',
  'Periodic.Enabled != true',
  'any Datacenters as dc { dc == "dc2" }',
  'all Datacenters as dc { dc matches "^dc[0-9]$" }',
  'any Datacenters as i, dc { i == 1 and dc == dc2 }',
  'any Meta as key { key == owner }',
  'any Meta as _, value { value == ops }',
  'any Meta as key, _ { key == owner }',
  'all Constraints as c { c.Operand == "=" }',
  'not any Constraints as c { c.Operand == "=" }',
  'any Datacenters as dc { dc == dc1 and ID == web }',
  'any Datacenters as a { any Datacenters as b { a == dc1 and b == dc2 } }',
];

test('expressions that hold', () => {
  for (const text of truths) assert.equal(passes(text), true, text);
});

test('the opposite of what holds does not', () => {
  for (const text of truths) assert.equal(passes(`not (${text})`), false, text);
});

test('a name may be a keyword where an operator follows', () => {
  const odd = { any: 'x', all: 'y', in: 'z' };
  assert.equal(compileFilter('any == x and all == y')(odd), true);
  assert.equal(compileFilter('any is not empty')(odd), true);
});

test('strings follow Go: escapes in quotes, none in backticks', () => {
  const object = { a: 'tab\there "q" ☃ 😀 \\' };
  assert.equal(compileFilter('a == "tab\\there \\"q\\" \\u2603 \\U0001f600 \\x5c"')(object), true);
  assert.equal(compileFilter('a == `tab\there "q" ☃ 😀 \\`')(object), true);
  assert.equal(compileFilter('a == "\\101"')({ a: 'A' }), true);
});

test('without a schema a missing key is absent, with one it is an error', () => {
  assert.equal(compileFilter('Nope.deeper is empty')(job), true);
  assert.equal(compileFilter('Nope == x')(job), false);
  assert.match(
    failure('Nope == x'),
    /error finding value in datum: \/Nope at part 0: couldn't find struct field with name "Nope"/,
  );
  assert.match(failure('Update.Nope == x'), /\/Update\/Nope at part 1/);
  assert.match(failure('Datacenters.first == x'), /"first" is no index of a list/);
  assert.match(failure('ID.x == y'), /a string has no field "x"/);
});

test('an optional field that is left out has its zero value', () => {
  assert.equal(passes('SignedIdentities is empty', make(Allocation, {}), Allocation), true);
  const state = make(TaskState, { State: 'running' });
  assert.equal(passes('Paused == ""', state, TaskState), true);
});

test('what a nil pointer would hold is absent, not an error', () => {
  assert.equal(passes('Periodic.Spec == "@daily"'), false);
  const periodic = { ...job, Periodic: make(PeriodicConfig, { Spec: '@daily', Enabled: true }) };
  assert.equal(passes('Periodic.Spec == "@daily" and Periodic.Enabled == true', periodic), true);
  assert.equal(passes('Periodic is not empty', periodic), true);
  const draining = make(Node, { DrainStrategy: make(DrainStrategy, {}) });
  assert.equal(passes('DrainStrategy is not empty', draining, Node), true);
  assert.equal(passes('DrainStrategy is not empty', make(Node, {}), Node), false);
});

test('wrong types are errors that name the field, also for an object that lacks it', () => {
  assert.match(failure('Priority == high'), /cannot compare Priority, a number, with "high"/);
  assert.match(failure('Stop == maybe'), /cannot compare Stop, a bool, with "maybe"/);
  assert.match(failure('Priority matches "5"'), /"matches" needs a string, Priority is a int/);
  assert.match(
    failure('Priority contains 5'),
    /"in" and "contains" need a string, list or map, Priority is a int/,
  );
  assert.match(failure('Priority is empty'), /"is empty" needs a string, list or map, Priority is a int/);
  assert.match(failure('Datacenters == dc1'), /cannot compare Datacenters: it is a list/);
  assert.match(failure('Meta matches x'), /"matches" needs a string, Meta is a map/);
  assert.match(failure('ID == x or Update == y'), /cannot compare Update: it is a struct/);
});

test('a text that is no filter tells where', () => {
  const cases: Record<string, string> = {
    '': '1:1: expected a selector, found the end',
    '   ': '1:4: expected a selector, found the end',
    ID: '1:3: expected an operator, found the end',
    'ID ==': '1:6: expected a value, found the end',
    'ID = web': '1:4: unexpected character "="',
    'ID == web and': '1:14: expected a selector, found the end',
    'ID == web xor': '1:11: expected "and", "or" or the end, found "xor"',
    '(ID == web': '1:11: expected ")", found the end',
    'ID == web)': '1:10: expected "and", "or" or the end, found ")"',
    'ID is nice': '1:7: expected "empty", found "nice"',
    'ID not nice': '1:8: expected an operator, found "nice"',
    'ID == "web': '1:7: string is not closed',
    'ID == `web': '1:7: string is not closed',
    'ID == "\\q"': '1:7: invalid escape \\q in a string',
    'ID == "\\Uffffffff"': '1:7: invalid escape \\Uffffffff in a string',
    'Meta[x] == y': '1:6: expected a quoted key in "[ ]", found "x"',
    'Meta. == y': '1:7: expected a name after ".", found "=="',
    '"x" == y': '1:5: expected "in", found "=="',
    '5 in': '1:5: expected a selector, found the end',
    'any Meta { x == y }': '1:10: expected "as", found "{"',
    'any Meta as 5 { x == y }': '1:13: expected a name, found "5"',
    'any Meta as k { x == y': '1:23: expected "}", found the end',
    'ID == 💥': '1:7: unexpected character "💥"',
  };
  for (const [text, message] of Object.entries(cases)) assert.equal(failure(text), message, text);
});

test('limits are errors, not work', () => {
  assert.match(failure(`ID == "${'x'.repeat(maxFilterLength)}"`), /characters, more than 8192/);
  const nested = (depth: number): string => `${'('.repeat(depth)}ID == web${')'.repeat(depth)}`;
  assert.equal(passes(nested(maxFilterDepth)), true);
  assert.match(failure(nested(maxFilterDepth + 1)), /nested deeper than 64 levels/);
  assert.match(failure(`${'not '.repeat(maxFilterDepth + 1)}ID == web`), /nested deeper/);
  assert.match(
    failure(
      Array(maxFilterNodes / 2 + 1)
        .fill('a==b')
        .join(' or '),
    ),
    /more than 1024 terms/,
  );
  assert.match(failure(`ID matches "${'x'.repeat(maxPatternLength + 1)}"`), /pattern has 1025 characters/);
  assert.match(failure('ID matches "("'), /error parsing regexp/);
});

test('a pattern that would explode elsewhere takes linear time', () => {
  const text = `${'a'.repeat(5_000)}!`;
  assert.equal(compileFilter('a matches "^(a+)+$"')({ a: text }), false);
});

test('an object cannot be reached through its prototype', () => {
  assert.equal(compileFilter('constructor is empty')({}), true);
  assert.equal(compileFilter('"toString" in Meta')({ Meta: {} }), false);
  assert.equal(compileFilter('Meta.__proto__ is empty')({ Meta: {} }), true);
});

test('the same text is compiled once', () => {
  assert.equal(compileFilter('ID == once', Job), compileFilter('ID == once', Job));
  assert.notEqual(compileFilter('ID == once', Job), compileFilter('ID == once', Node));
  assert.notEqual(compileFilter('ID == once'), compileFilter('ID == once', Job));
});

const word = fc.constantFrom(
  'ID',
  'Priority',
  'Meta',
  'Datacenters',
  'not',
  'and',
  'or',
  'in',
  'is',
  'empty',
);
const piece = fc.oneof(
  word,
  fc.constantFrom(
    '==',
    '!=',
    '(',
    ')',
    '.',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"x"',
    '`y`',
    '5',
    'any',
    'as',
    'matches',
  ),
  fc.string({ maxLength: 4 }),
);

test('whatever the text, there is a filter or an AppError', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom(' ', ''), (pieces, gap) => {
      try {
        assert.equal(typeof compileFilter(pieces.join(gap), Job)(job), 'boolean');
      } catch (error) {
        assert.ok(error instanceof AppError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a quoted value equals exactly itself', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (a, b) => {
      const filter = compileFilter(`v == ${JSON.stringify(a).replaceAll('\\/', '/')}`);
      assert.equal(filter({ v: a }), true);
      assert.equal(filter({ v: b }), a === b);
    }),
  );
});

interface Shape {
  readonly text: string;
  readonly value: boolean;
}
const leaf: fc.Arbitrary<Shape> = fc.constantFrom(
  { text: 'ID == web', value: true },
  { text: 'ID == api', value: false },
);
const shape = fc.letrec<{ node: Shape }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({
      text: `(${a.text}) and (${b.text})`,
      value: a.value && b.value,
    })),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({
      text: `(${a.text}) or (${b.text})`,
      value: a.value || b.value,
    })),
    tie('node').map((a) => ({ text: `not (${a.text})`, value: !a.value })),
  ),
})).node;

test('connectives mean what they mean in logic', () => {
  fc.assert(fc.property(shape, ({ text, value }) => assert.equal(passes(text), value)));
});
