// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodeMsgpack } from './codec.ts';
import { decodeNodes, encodeNodes, type MsgpackNode } from './node.ts';
import { MsgpackReader } from './reader.ts';
import { MsgpackScanner } from './scanner.ts';

const limits = { maxBytes: 1_000_000, maxDepth: 100 };

/** Ends of the objects in these pieces, counted from the start. */
function ends(pieces: readonly Buffer[]): number[] {
  const scanner = new MsgpackScanner(limits);
  const out: number[] = [];
  let before = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const end = scanner.scan(piece, at);
      if (end < 0) break;
      out.push(before + end);
      at = end;
    }
    before += piece.length;
  }
  return out;
}

const leaf: fc.Arbitrary<MsgpackNode> = fc.oneof(
  fc.constant({ type: 'nil' } as const),
  fc.boolean().map((value) => ({ type: 'bool', value }) as const),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => ({ type: 'int', value, signed: true }) as const),
  // Fixint holds the same bytes for both families, so small numbers read back as signed.
  fc
    .bigInt({ min: 128n, max: 2n ** 64n - 1n })
    .map((value) => ({ type: 'int', value, signed: false }) as const),
  fc.double().map((value) => ({ type: 'float', value, bits: 64 }) as const),
  fc.float().map((value) => ({ type: 'float', value, bits: 32 }) as const),
  fc.uint8Array({ maxLength: 300 }).map((value) => ({ type: 'raw', value: Buffer.from(value) }) as const),
  fc
    .tuple(fc.integer({ min: -128, max: 127 }), fc.uint8Array({ maxLength: 300 }))
    .map(([code, value]) => ({ type: 'ext', code, value: Buffer.from(value) }) as const),
);
const tree: fc.Arbitrary<MsgpackNode> = fc.letrec<{ node: MsgpackNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 20 }).map((items) => ({ type: 'array', items }) as const),
    fc
      .array(fc.tuple(tie('node'), tie('node')), { maxLength: 20 })
      .map((entries) => ({ type: 'map', entries }) as const),
  ),
})).node;

test('property: any tree reads back as it was, and skip passes over exactly its bytes', () => {
  fc.assert(
    fc.property(tree, (node) => {
      const bytes = encodeNodes([node]);
      assert.deepEqual(decodeNodes(bytes), [node]);
      const reader = new MsgpackReader(bytes);
      reader.skip();
      assert.equal(reader.remaining, 0);
    }),
  );
});

test('property: objects end at the same places however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), fc.nat(), (nodes, seed) => {
      const whole = nodes.map((node) => encodeNodes([node]));
      let sum = 0;
      const expected = whole.map(({ length }) => (sum += length));
      const bytes = Buffer.concat(whole);
      assert.deepEqual(ends([bytes]), expected);
      const step = 1 + (seed % 7);
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += step) pieces.push(bytes.subarray(at, at + step));
      assert.deepEqual(ends(pieces), expected);
    }),
  );
});

test('limit: an object larger than allowed is refused when its length is seen, not when it has come', () => {
  const refuses = (hex: string): void => {
    const scanner = new MsgpackScanner({ maxBytes: 1_000, maxDepth: 10 });
    assert.throws(() => scanner.scan(Buffer.from(hex, 'hex'), 0), /message is larger than 1000 bytes/, hex);
  };
  refuses('db00000400');
  refuses('db7fffffff');
  refuses('ddffffffff');
  refuses('df7fffffff');
  refuses('c9ffffffff');
});

test('limit: many small pieces add up to the same limit', () => {
  const scanner = new MsgpackScanner({ maxBytes: 1_000, maxDepth: 10 });
  scanner.scan(Buffer.from('dc03e0', 'hex'), 0);
  assert.throws(() => {
    for (let i = 0; i < 992; i++) scanner.scan(Buffer.from('cd0001', 'hex'), 0);
  }, /message is larger than 1000 bytes/);
});

test('limit: nesting', () => {
  const scanner = new MsgpackScanner({ maxBytes: 1_000, maxDepth: 10 });
  assert.throws(() => scanner.scan(Buffer.alloc(11, 0x91), 0), /nested deeper than 10 levels/);
});

test('a byte that msgpack does not use is an error', () => {
  assert.throws(() => new MsgpackScanner(limits).scan(Buffer.from([0xc1]), 0), /c1\/unused/);
});

test('property: what any value encodes to is one object', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = encodeMsgpack({ kind: 'any' }, value);
      assert.deepEqual(ends([bytes]), [bytes.length]);
    }),
  );
});
