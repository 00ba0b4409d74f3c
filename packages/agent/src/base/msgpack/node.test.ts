// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { MsgpackError } from './error.ts';
import { decodeNodes, encodeNodes, type MsgpackNode, readNode } from './node.ts';
import { MsgpackReader } from './reader.ts';
import { MsgpackWriter } from './writer.ts';

const nodes = (hex: string): MsgpackNode[] => decodeNodes(Buffer.from(hex.replace(/ /g, ''), 'hex'));
const again = (hex: string): string => encodeNodes(nodes(hex)).toString('hex');

test('several objects in a row', () => {
  assert.deepEqual(
    nodes('c0 c3 05').map(({ type }) => type),
    ['nil', 'bool', 'int'],
  );
});

test('whole numbers are exact and keep their family', () => {
  assert.deepEqual(nodes('d318ea3a05ac7dbe7c'), [{ type: 'int', value: 1795311197503733372n, signed: true }]);
  assert.deepEqual(nodes('cfffffffffffffffff'), [{ type: 'int', value: 2n ** 64n - 1n, signed: false }]);
  for (const hex of [
    'd318ea3a05ac7dbe7c',
    'cfffffffffffffffff',
    'd100c8',
    'ccc8',
    'd2000104ec',
    'e0',
    'd0df',
  ]) {
    assert.equal(again(hex), hex);
  }
});

test('both sizes of float keep their size', () => {
  assert.equal(again('ca3fc00000'), 'ca3fc00000');
  assert.equal(again('cb3ff8000000000000'), 'cb3ff8000000000000');
});

test('raw bytes that are no text stay as they are', () => {
  assert.equal(again('a4ff00fe80'), 'a4ff00fe80');
  assert.equal(again(`da0020${'ff'.repeat(32)}`), `da0020${'ff'.repeat(32)}`);
});

test('maps keep the order of their keys, keys may be anything', () => {
  const hex = '83a162 01 a161 02 05 c0'.replace(/ /g, '');
  assert.equal(again(hex), hex);
});

test('extensions of all sizes', () => {
  for (const hex of [
    'd40501',
    'd5050102',
    `d605${'aa'.repeat(4)}`,
    `d705${'aa'.repeat(8)}`,
    `d805${'aa'.repeat(16)}`,
    `c703ff${'aa'.repeat(3)}`,
    'c70005',
    `c8012c7f${'aa'.repeat(300)}`,
  ]) {
    assert.equal(again(hex), hex);
  }
  const large = new MsgpackWriter();
  large.ext(1, Buffer.alloc(70_000));
  const bytes = large.finish();
  assert.equal(bytes.subarray(0, 6).toString('hex'), 'c90001117001');
  assert.equal(readNode(new MsgpackReader(bytes)).type, 'ext');
});

test('large arrays and maps use wide headers', () => {
  const writer = new MsgpackWriter();
  writer.any(Array.from({ length: 70_000 }, () => 1));
  assert.equal(writer.finish().subarray(0, 5).toString('hex'), 'dd00011170');
  const middle = new MsgpackWriter();
  middle.any(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])));
  const bytes = middle.finish();
  assert.equal(bytes.subarray(0, 3).toString('hex'), 'de012c');
  assert.ok(encodeNodes(decodeNodes(bytes)).equals(bytes));
});

test('negative: cut, too deep, or no msgpack', () => {
  for (const hex of ['', '92c0', 'd4', 'd405', 'c705', 'cf00', 'c1', '81a161']) {
    if (hex === '') assert.deepEqual(nodes(hex), []);
    else assert.throws(() => nodes(hex), MsgpackError, hex);
  }
  assert.throws(() => nodes('91'.repeat(200)), /nested deeper than 100 levels|more than/);
});
