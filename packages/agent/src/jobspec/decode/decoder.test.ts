// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { any, bool, duration, float, int, list, map, ptr, str, struct, uint } from '@serai/api';
import { Body, Diagnostics, parseHcl, Scope } from '#hcl';
import { type BlockSpec, blockSpec, keyed, many, one } from './block-spec.ts';
import { bodySchema, Decoder } from './decoder.ts';

const Inner = struct('Inner', { Name: str, Size: int });
const Outer = struct('Outer', {
  Text: ptr(str),
  Flag: bool,
  Count: int,
  Bytes: uint,
  Ratio: float,
  Wait: ptr(duration),
  Words: list(str),
  Numbers: list(uint),
  Anything: any,
  Labels: map(str),
  Free: map(any),
  Single: ptr(Inner),
  Several: list(Inner),
  Keyed: map(Inner),
});

const inner: BlockSpec = blockSpec(Inner, { labelField: 'Name', attributes: { size: 'Size' } });
const plainInner: BlockSpec = blockSpec(Inner, { attributes: { name: 'Name', size: 'Size' } });
const outer: BlockSpec = blockSpec(Outer, {
  attributes: {
    text: 'Text',
    flag: 'Flag',
    count: 'Count',
    bytes: 'Bytes',
    ratio: 'Ratio',
    wait: 'Wait',
    words: 'Words',
    numbers: 'Numbers',
    anything: 'Anything',
  },
  maps: { labels: 'Labels' },
  free: { free: 'Free' },
  blocks: {
    single: one('Single', () => plainInner),
    several: many('Several', () => inner),
    keyed: keyed('Keyed', () => inner),
  },
});

function decode(text: string): { fields: unknown; errors: string[] } {
  const diagnostics = new Diagnostics();
  const file = parseHcl({ name: 'x', text }, { diagnostics });
  const body = new Body(file.body, Scope.root({ diagnostics, unknown: 'text' }), { dynamicBlocks: true });
  const fields = new Decoder().body(body, outer);
  return { fields, errors: diagnostics.errors.map((each) => `${each.summary}; ${each.detail}`) };
}

test('the schema of the field says which type is asked for', () => {
  const { fields, errors } = decode(`
    text = 5
    flag = "true"
    count = "7"
    bytes = 1
    ratio = 0.5
    wait = "2s"
    words = ["a", 1]
    numbers = [1, 2]
    anything = { a = [1] }`);
  assert.deepEqual(errors, []);
  assert.deepEqual(JSON.parse(JSON.stringify(fields)), {
    Text: '5',
    Flag: true,
    Count: 7,
    Bytes: 1,
    Ratio: 0.5,
    Wait: 2_000_000_000,
    Words: ['a', '1'],
    Numbers: [1, 2],
    Anything: { a: [1] },
  });
});

test('null is the same as not written', () => {
  assert.deepEqual(
    decode('text = null\nflag = null\ncount = null\nwait = null\nwords = null\nlabels = null\nfree = null\n')
      .fields,
    { Labels: {} },
  );
});

test('blocks become one object, a list or a map by label', () => {
  const { fields, errors } = decode(`
    single { size = 1 }
    several "a" { size = 2 }
    several "b" {}
    keyed "c" { size = 3 }
    keyed "__proto__" { size = 4 }`);
  assert.deepEqual(errors, []);
  const value = fields as { Keyed: Record<string, unknown> };
  assert.deepEqual(Object.entries(value.Keyed), [
    ['c', { Name: 'c', Size: 3 }],
    ['__proto__', { Name: '__proto__', Size: 4 }],
  ]);
  assert.deepEqual(
    { ...value, Keyed: null },
    {
      Single: { Size: 1 },
      Several: [{ Name: 'a', Size: 2 }, { Name: 'b' }],
      Keyed: null,
    },
  );
});

test('an attribute and a block of the same map are put together', () => {
  assert.deepEqual(decode('labels = { a = 1 }\nlabels {\n  b = true\n}\n').fields, {
    Labels: { a: '1', b: 'true' },
  });
});

test('a wrong type leaves the field out and reports it once', () => {
  const { fields, errors } = decode(
    'count = "many"\nflag = []\nbytes = -1\nwords = { a = 1 }\nfree = 5\nwait = "x"\ntext = "ok"\n',
  );
  assert.deepEqual(fields, { Text: 'ok' });
  assert.equal(errors.length, 6);
});

test('a body is told what it may hold', () => {
  const schema = bodySchema(outer);
  assert.ok(schema.attributes.some((each) => each.name === 'labels'));
  assert.deepEqual(schema.blocks.find((each) => each.type === 'keyed')?.labels, ['name']);
  assert.deepEqual(schema.blocks.find((each) => each.type === 'single')?.labels, []);
});
