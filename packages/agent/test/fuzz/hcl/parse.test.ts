// SPDX-License-Identifier: MPL-2.0
// Whatever the text, parser and evaluator end with diagnostics and nothing else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '#base';
import {
  Body,
  Diagnostics,
  equalValues,
  formatDiagnostics,
  formatNumber,
  type HclLimits,
  inlineLimits,
  inputScope,
  makeObject,
  parseHcl,
  parseSingleExpression,
  Scope,
  Source,
  sortedKeys,
  standardFunctions,
  type Value,
} from '#hcl';

const limits: HclLimits = { ...inlineLimits, steps: 20_000, stringLength: 20_000, collectionLength: 2000 };
const functions = standardFunctions({ random: seededRandom(1) });
const runs = { numRuns: 400 };

/** Reads and evaluates everything there is, and prints what is wrong. */
function exercise(text: string, dialect: 'hcl1' | 'hcl2' = 'hcl2'): void {
  const diagnostics = new Diagnostics();
  const file = parseHcl({ name: 'fuzz', text }, { diagnostics, limits, dialect });
  const scope = Scope.root({ diagnostics, limits, functions, unknown: 'text' });
  const body = new Body(file.body, scope, { dynamicBlocks: true });
  const content = body.everything();
  inputScope(
    content.blocks.filter((each) => ['variable', 'variables', 'locals'].includes(each.type)),
    {},
    scope,
  );
  walk(body);
  for (const each of diagnostics.list) {
    assert.ok(each.summary !== '' && each.detail !== '');
    if (each.subject)
      assert.ok(
        each.subject.start <= each.subject.end &&
          each.subject.end <= Math.max(text.length, each.subject.source.text.length),
      );
  }
  assert.ok(typeof formatDiagnostics(diagnostics.list) === 'string');
}

function walk(body: Body): void {
  const content = body.everything();
  for (const attribute of content.attributes.values()) attribute.evaluate();
  for (const block of content.blocks) walk(block.body);
}

const pieces = fc.constantFrom(
  ...[
    'job',
    'a',
    'b',
    'for',
    'in',
    'if',
    'true',
    'null',
    'dynamic',
    'content',
    'for_each',
    'locals',
    'variable',
    'local',
    'upper',
    'range',
    'try',
  ],
  ...[
    ' ',
    '\n',
    '\r\n',
    '\t',
    '#',
    '//',
    '/*',
    '*/',
    '"',
    '\\"',
    '${',
    '%{',
    '~}',
    '}',
    '{',
    '[',
    ']',
    '(',
    ')',
    '<<EOF\n',
    '<<-EOF\n',
    '\nEOF\n',
  ],
  ...[
    '=',
    '==',
    '=>',
    '!',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '&&',
    '||',
    '?',
    ':',
    ',',
    '.',
    '...',
    '.*',
    '[*]',
    '$$',
    '$',
    '\\n',
    '\\u00e9',
  ],
  ...['0', '1', '1.5', '1e9', '-1', 'é', '😀', '\u{feff}', '\u0000', "'"],
);

const tokenSoup = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''));

test('any text ends in diagnostics', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => exercise(text)),
    runs,
  );
});

test('any row of tokens ends in diagnostics', () => {
  fc.assert(
    fc.property(tokenSoup, (text) => exercise(text)),
    { numRuns: 600 },
  );
});

test('any row of tokens is an expression or a message', () => {
  fc.assert(
    fc.property(tokenSoup, (text) => exercise(`x = ${text}`)),
    { numRuns: 600 },
  );
});

test('any row of tokens in the old dialect ends in diagnostics', () => {
  fc.assert(
    fc.property(tokenSoup, (text) => exercise(text, 'hcl1')),
    runs,
  );
});

const seed = readFileSync(new URL('seed.hcl', import.meta.url), 'utf8');

test('a file that was damaged anywhere ends in diagnostics', () => {
  const damage = fc.record({
    at: fc.nat(seed.length),
    cut: fc.nat(20),
    insert: fc.oneof(pieces, fc.string({ maxLength: 3 })),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 5 }), (changes) => {
      let text = seed;
      for (const { at, cut, insert } of changes) text = text.slice(0, at) + insert + text.slice(at + cut);
      exercise(text);
    }),
    runs,
  );
});

test('the undamaged file has no mistake', () => {
  const diagnostics = new Diagnostics();
  parseHcl({ name: 'seed', text: seed }, { diagnostics });
  assert.deepEqual(diagnostics.list, []);
});

test('any JSON is read as a body', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'medium' }), (text) => exercise(`{"a": ${text}}`)),
    runs,
  );
});

test('any damaged JSON ends in diagnostics', () => {
  const damaged = fc.tuple(
    fc.json(),
    fc.nat(100),
    fc.constantFrom('"', '{', '}', '[', ',', ':', '\\', '\n', '1', 'nul'),
  );
  fc.assert(
    fc.property(damaged, ([text, at, insert]) =>
      exercise(`{"a": ${text.slice(0, at)}${insert}${text.slice(at)}}`),
    ),
    runs,
  );
});

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
      .map((each) => Number(each.toPrecision(12)) + 0),
    fc.string({ unit: 'grapheme' }).map((text) => text.normalize('NFC')),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 }).map(makeObject),
  ),
})).value;

/** A value in the language's own notation. */
function print(each: Value): string {
  if (each === null || typeof each === 'boolean') return String(each);
  if (typeof each === 'number') return formatNumber(each);
  if (typeof each === 'string') return quote(each);
  if (Array.isArray(each)) return `[${each.map(print).join(', ')}]`;
  const object = each as Readonly<Record<string, Value>>;
  return `{\n${sortedKeys(object)
    .map((key) => `${quote(key)} = ${print(object[key] ?? null)}\n`)
    .join('')}}`;
}

function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('${', () => '$${')
    .replaceAll('%{', () => '%%{');
  return `"${escaped}"`;
}

test('a value that is printed and read again is the same', () => {
  fc.assert(
    fc.property(value, (each) => {
      const diagnostics = new Diagnostics();
      const file = parseHcl({ name: 'v', text: `x = ${print(each)}\n` }, { diagnostics });
      const scope = Scope.root({ diagnostics });
      const got = new Body(file.body, scope).justAttributes().get('x')?.evaluate();
      assert.deepEqual(diagnostics.list, []);
      assert.ok(equalValues(got ?? null, each, () => undefined));
    }),
    runs,
  );
});

test('ranges of an expression cover it exactly', () => {
  fc.assert(
    fc.property(value, (each) => {
      const text = print(each);
      const expression = parseSingleExpression(new Source('v', text), { diagnostics: new Diagnostics() });
      assert.equal(expression?.range.text, text);
    }),
    runs,
  );
});
