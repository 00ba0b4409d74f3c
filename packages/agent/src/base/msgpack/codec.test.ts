// SPDX-License-Identifier: MPL-2.0
// The bytes that Go's codec writes, and what its reader accepts.
import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeMsgpack, encodeMsgpack } from './codec.ts';
import { MsgpackError } from './error.ts';
import type { MsgpackShape } from './shape.ts';
import { MsgpackEncodeError } from './writer.ts';

const str: MsgpackShape<string> = { kind: 'string' };
const int: MsgpackShape<number> = { kind: 'int', signed: true };
const uint: MsgpackShape<number> = { kind: 'int', signed: false };
const float: MsgpackShape<number> = { kind: 'float' };
const bool: MsgpackShape<boolean> = { kind: 'bool' };
const time: MsgpackShape<string> = { kind: 'time' };
const bytes: MsgpackShape<string | null> = { kind: 'bytes' };
const rawBytes: MsgpackShape<Uint8Array | null> = { kind: 'bytes', raw: true };
const any: MsgpackShape = { kind: 'any' };
const list = (of: MsgpackShape): MsgpackShape<unknown[] | null> => ({ kind: 'list', of: () => of });
const map = (of: MsgpackShape): MsgpackShape<Record<string, unknown> | null> => ({
  kind: 'map',
  of: () => of,
});
const ptr = (of: MsgpackShape): MsgpackShape => ({ kind: 'pointer', of: () => of });
const struct = (
  fields: Record<string, MsgpackShape>,
  omitEmpty = false,
): MsgpackShape<Record<string, unknown>> => ({ kind: 'struct', name: 'Thing', fields, omitEmpty });

function hex<T>(shape: MsgpackShape<T>, value: T): string {
  return encodeMsgpack(shape, value).toString('hex');
}
function read<T>(shape: MsgpackShape<T>, text: string): T {
  return decodeMsgpack(shape, Buffer.from(text.replace(/ /g, ''), 'hex'));
}

test('signed integers take the smallest signed container', () => {
  const cases: readonly [number, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, 'd10080'],
    [200, 'd100c8'],
    [32_767, 'd17fff'],
    [32_768, 'd200008000'],
    [2_147_483_648, 'd30000000080000000'],
    [7_379_972_041, 'd300000001b7e16fc9'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-128, 'd080'],
    [-129, 'd1ff7f'],
    [-32_769, 'd2ffff7fff'],
    [-2_147_483_649, 'd3ffffffff7fffffff'],
    [-(2 ** 63), 'd38000000000000000'],
  ];
  for (const [value, text] of cases) {
    assert.equal(hex(int, value), text, String(value));
    assert.equal(read(int, text), value);
  }
});

test('unsigned integers take the smallest unsigned container', () => {
  const cases: readonly [number, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [256, 'cd0100'],
    [65_536, 'ce00010000'],
    [4_294_967_296, 'cf0000000100000000'],
    [2 ** 63, 'cf8000000000000000'],
  ];
  for (const [value, text] of cases) {
    assert.equal(hex(uint, value), text, String(value));
    assert.equal(read(uint, text), value);
  }
});

test('nanoseconds beyond 2^53 are integers on the wire and the nearest double in memory', () => {
  assert.equal(read(int, 'd318ea3a05ac7dbe7c'), Number(1795311197503733372n));
  assert.equal(hex(int, Number(1795311197503733372n)), 'd318ea3a05ac7dbe00');
});

test('strings are fixstr below 32 bytes, else str16 or str32, never str8', () => {
  assert.equal(hex(str, ''), 'a0');
  assert.equal(hex(str, 'a'.repeat(31)).slice(0, 2), 'bf');
  assert.equal(hex(str, 'a'.repeat(32)).slice(0, 6), 'da0020');
  assert.equal(hex(str, 'a'.repeat(100)).slice(0, 6), 'da0064');
  assert.equal(hex(str, 'a'.repeat(65_536)).slice(0, 10), 'db00010000');
  assert.equal(hex(str, 'é'.repeat(16)).slice(0, 6), 'da0020');
  assert.equal(read(str, hex(str, 'naïve ✓ 𝄞')), 'naïve ✓ 𝄞');
});

test('bytes travel in string containers and are base64 in memory', () => {
  assert.equal(hex(bytes, null), 'c0');
  assert.equal(hex(bytes, 'AAH/'), 'a30001ff');
  assert.equal(read(bytes, 'a30001ff'), 'AAH/');
  assert.equal(read(bytes, 'c0'), null);
  assert.deepEqual(read(rawBytes, 'a30001ff'), Buffer.from([0, 1, 255]));
  assert.equal(hex(rawBytes, Buffer.from([0, 1, 255])), 'a30001ff');
});

test('floats are float64, also when they are whole', () => {
  assert.equal(hex(float, 0), 'cb0000000000000000');
  assert.equal(read(float, 'cb4040000000000000'), 32);
  assert.equal(read(float, 'ca3fc00000'), 1.5);
  assert.equal(read(float, '07'), 7);
});

test('nil and empty lists and maps are told apart', () => {
  assert.equal(hex(list(str), null), 'c0');
  assert.equal(hex(list(str), []), '90');
  assert.equal(hex(map(str), null), 'c0');
  assert.equal(hex(map(str), {}), '80');
  assert.equal(read(list(str), 'c0'), null);
  assert.deepEqual(read(list(str), '90'), []);
});

test('a struct writes all fields in order, zero ones too', () => {
  const shape = struct({ B: str, A: int, P: ptr(bool) });
  assert.equal(hex(shape, { A: 1, B: 'x', P: null }), '83a142a178a14101a150c0');
  assert.equal(hex(shape, { A: 1, B: 'x', P: false }), '83a142a178a14101a150c2');
});

test('a struct with omitEmpty leaves zero fields out, also nested structs of nothing', () => {
  const shape = struct(
    {
      S: str,
      I: int,
      T: time,
      L: list(str),
      M: map(str),
      D: struct({ P: ptr(bool) }),
      P: ptr(struct({ A: int })),
      R: bytes,
      A: any,
    },
    true,
  );
  const zero = {
    S: '',
    I: 0,
    T: '0001-01-01T00:00:00Z',
    L: [],
    M: {},
    D: { P: null },
    P: null,
    R: '',
    A: null,
  };
  assert.equal(hex(shape, zero), '80');
  assert.equal(hex(shape, { ...zero, P: { A: 0 } }), '81a15081a14100');
  assert.equal(hex(shape, { ...zero, D: { P: false } }), '81a14481a150c2');
});

test('an optional field is written only when present, and read only when not zero', () => {
  const shape = struct({ A: int, C: { kind: 'string', optional: true } });
  assert.equal(hex(shape, { A: 1 }), '81a14101');
  assert.equal(hex(shape, { A: 1, C: '' }), '82a14101a143a0');
  assert.deepEqual(read(shape, '82a14101a143a0'), { A: 1 });
  assert.deepEqual(read(shape, '82a14101a143a178'), { A: 1, C: 'x' });
});

test('unknown keys are skipped at any depth, missing ones are zero', () => {
  const inner = struct({ A: int });
  const shape = struct({ I: inner, S: str, T: time });
  const text = '84 a158 82a15991c0a15aa3616263 a149 82a14105a142cb0000000000000000 a156c3 a157c70105ff';
  assert.deepEqual(read(shape, text), { I: { A: 5 }, S: '', T: '0001-01-01T00:00:00Z' });
});

test('two objects never share the zero of a nested struct', () => {
  const shape = struct({ I: struct({ A: int }) });
  const first = read(shape, '80') as { I: { A: number } };
  const second = read(shape, '80') as { I: { A: number } };
  assert.notEqual(first.I, second.I);
});

test('nil stands for zero, an array for a struct by position, str8 and bin for strings', () => {
  const shape = struct({ A: int, S: str });
  assert.deepEqual(read(shape, 'c0'), { A: 0, S: '' });
  assert.deepEqual(read(shape, '9305a17899'.replace('99', '01')), { A: 5, S: 'x' });
  assert.deepEqual(read(shape, '82a141c0a153c0'), { A: 0, S: '' });
  assert.equal(read(str, 'd90161'), 'a');
  assert.equal(read(str, 'c40161'), 'a');
  assert.equal(read(str, 'c5000161'), 'a');
  assert.equal(read(time, 'c40f010000000ee2943d101be2a407ffff'), '2026-11-22T01:32:00.467837959Z');
  assert.equal(read(time, 'c0'), '0001-01-01T00:00:00Z');
});

test('an unsigned field takes a signed container that is not negative', () => {
  assert.equal(read(uint, 'd30000000000000005'), 5);
  assert.equal(read(uint, 'd005'), 5);
  assert.throws(() => read(uint, 'ff'), /assigning negative signed value/);
});

test('Go refuses floats for integers, and times that are none', () => {
  assert.throws(() => read(uint, 'cb0000000000000000'), {
    message:
      'msgpack decode error [pos 0]: cannot decode unsigned integer: unrecognized descriptor byte: cb/float',
  });
  assert.throws(() => read(int, 'a0'), /cannot decode signed integer/);
  assert.throws(() => read(time, 'd6ff00000000'), /cannot decode time/);
  assert.throws(() => read(time, 'a3616263'), /invalid length/);
  assert.throws(() => read(bool, '01'), /cannot decode bool/);
  assert.throws(() => read(str, '01'), /cannot decode string/);
  assert.throws(() => read(list(str), '80'), /cannot decode array/);
  assert.throws(() => read(map(str), '90'), /cannot decode map/);
});

test('interface{} reads as JSON would, and writes whole numbers as signed integers', () => {
  const value = { a: [1, -5, 1.5, 'x', null, true], b: { c: 300 } };
  assert.deepEqual(read(any, hex(any, value)), value);
  assert.equal(hex(any, 300), 'd1012c');
  assert.equal(hex(any, 1.5), 'cb3ff8000000000000');
  assert.equal(hex(any, 2n ** 63n), 'cf8000000000000000');
});

test('a key named __proto__ becomes a plain key', () => {
  const out = read(map(str), '81a95f5f70726f746f5f5fa178') as Record<string, unknown>;
  assert.deepEqual(Object.keys(out), ['__proto__']);
  assert.equal(Object.getPrototypeOf(out), Object.prototype);
  assert.deepEqual(Object.keys(read(any, '81a95f5f70726f746f5f5f80') as object), ['__proto__']);
});

test('the position in an error counts from the start of the stream', () => {
  const shape = struct({ A: int });
  assert.throws(
    () => decodeMsgpack(shape, Buffer.from('81a141a0', 'hex'), { origin: 100 }),
    (error: unknown) => error instanceof MsgpackError && error.position === 103,
  );
});

test('limit: a declared length beyond the message is an error before anything is allocated', () => {
  for (const text of ['dbffffffff', 'da0005616263', 'ddffffffff', 'dfffffffff', 'c6ffffffff', 'dc00ff']) {
    assert.throws(() => read(any, text), /declared length \d+ is more than the \d+ bytes that follow/, text);
  }
  for (const text of ['', 'cb00', 'd3', 'cd01', 'd9', '81', 'a1']) {
    assert.throws(() => read(any, text), MsgpackError, text);
    assert.throws(() => read(struct({ A: int }), text), MsgpackError, text);
  }
});

test('limit: nesting ends at 100 levels', () => {
  const deep = (levels: number): string => `${'91'.repeat(levels)}c0`;
  assert.doesNotThrow(() => read(any, deep(100)));
  assert.throws(() => read(any, deep(101)), /nested deeper than 100 levels/);
  const node: MsgpackShape = { kind: 'struct', fields: { N: { kind: 'pointer', of: () => node } } };
  assert.throws(() => read(node, `${'81a14e'.repeat(200)}c0`), /nested deeper than 100 levels/);
});

test('limit: a short message can not become a host of values', () => {
  const wide = struct(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`F${i}`, int])));
  const count = 60_000;
  const message = Buffer.concat([Buffer.from([0xdc, count >> 8, count & 255]), Buffer.alloc(count, 0xc0)]);
  assert.throws(() => decodeMsgpack(list(wide), message), /expands to too many values/);
});

test('a value that does not fit its declaration names the place', () => {
  const shape = struct({ Inner: struct({ Count: int }) });
  assert.throws(() => encodeMsgpack(shape, { Inner: { Count: 1.5 } }), {
    name: 'MsgpackEncodeError',
    message: 'Thing.Count: cannot encode number 1.5 as int64',
  });
  assert.throws(() => hex(uint, -1), MsgpackEncodeError);
  assert.throws(() => hex(uint, 2 ** 64), MsgpackEncodeError);
  assert.throws(() => hex(int, Number.NaN), MsgpackEncodeError);
  assert.throws(() => hex(time, 'now'), MsgpackEncodeError);
  assert.throws(() => hex(str, 5 as unknown as string), MsgpackEncodeError);
  assert.throws(() => hex(list(str), 'x' as unknown as null), MsgpackEncodeError);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assert.throws(() => hex(any, cycle), /nested deeper/);
});
