// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HclError, LimitError } from '../diagnostic.ts';
import { defaultLimits } from '../limits.ts';
import { Source } from '../source.ts';
import type { JsonNode } from './node.ts';
import { parseJson } from './parser.ts';

function parse(text: string): JsonNode {
  return parseJson(new Source('f', text), defaultLimits);
}

/** The document as JavaScript's own parser would give it. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'array':
      return node.items.map(plain);
    case 'object':
      return Object.fromEntries(node.members.map((member) => [member.name, plain(member.value)]));
    default:
      return node.value;
  }
}

test('every document gives what JavaScript reads in it', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(plain(parse(text)), JSON.parse(text));
    }),
  );
});

test('what JavaScript refuses is refused with a place', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(200),
      fc.constantFrom('x', '"', ',', '}', ']', '\\', '\u0001'),
      (text, at, insert) => {
        const damaged = text.slice(0, at) + insert + text.slice(at);
        let fine = true;
        try {
          JSON.parse(damaged);
        } catch {
          fine = false;
        }
        if (fine) assert.deepEqual(plain(parse(damaged)), JSON.parse(damaged));
        else
          assert.throws(
            () => parse(damaged),
            (error) => error instanceof HclError && error.diagnostic.subject !== undefined,
          );
      },
    ),
  );
});

test('places are those of the text', () => {
  const node = parse('{ "a": [1, "b\\n"] }');
  assert.equal(node.kind, 'object');
  if (node.kind !== 'object') return;
  const [member] = node.members;
  assert.equal(member?.nameRange.text, '"a"');
  assert.equal(member?.value.range.text, '[1, "b\\n"]');
});

test('repeated keys are all there, in order', () => {
  const node = parse('{"a": 1, "b": 2, "a": 3}');
  assert.deepEqual(node.kind === 'object' ? node.members.map((each) => each.name) : [], ['a', 'b', 'a']);
});

test('numbers follow the letter of the standard', () => {
  for (const text of ['01', '+1', '1.', '.5', '0x1', '1e', 'NaN', '-']) {
    assert.throws(() => parse(text), HclError, text);
  }
  assert.throws(() => parse('1e999'), /too large/);
});

test('depth and size are limited', () => {
  const small = { depth: 3, nodes: 5 };
  const run = (text: string): JsonNode => parseJson(new Source('f', text), small);
  assert.throws(
    () => run('[[[[1]]]]'),
    (error) => error instanceof LimitError && /Nested too deeply/.test(error.message),
  );
  assert.throws(
    () => run('[1,2,3,4,5,6]'),
    (error) => error instanceof LimitError && /File too complex/.test(error.message),
  );
  assert.deepEqual(plain(run('[[[1]]]')), [[[1]]]);
});
