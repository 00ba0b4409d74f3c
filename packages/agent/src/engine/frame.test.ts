// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { batchIndexOf, decodeBatch, decodeRows, encodeBatch, encodeRows } from './change-codec.ts';
import type { Change, Row } from './contract.ts';
import {
  encodeFrame,
  type Frame,
  type FrameEnd,
  FrameReader,
  frameHeaderBytes,
  frameKind,
  maxFrameBytes,
  parseFrameHeader,
} from './frame.ts';
import { damagedSnapshot, decodeRowStream, encodeRowStream } from './row-stream.ts';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(
  bytes: Buffer,
  size = 4096,
): Promise<{ frames: Frame[]; end: FrameEnd; offset: number }> {
  const reader = new FrameReader(inPieces(bytes, size));
  const frames: Frame[] = [];
  for (;;) {
    const next = await reader.next();
    if (typeof next === 'string') return { frames, end: next, offset: reader.offset };
    frames.push(next);
  }
}

const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
const framesOf = (list: readonly Uint8Array[]): Buffer =>
  Buffer.concat(list.map((payload) => encodeFrame(frameKind.batch, payload)));

describe('frames', () => {
  test('come back as they were written, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, fc.integer({ min: 1, max: 700 }), async (list, size) => {
        const bytes = framesOf(list);
        const { frames, end, offset } = await readAll(bytes, size);
        assert.deepEqual(
          frames.map(({ payload }) => [...payload]),
          list.map((payload) => [...payload]),
        );
        assert.deepEqual([end, offset], ['end', bytes.length]);
        let at = 0;
        for (const frame of frames) {
          assert.deepEqual(
            [frame.offset, frame.end - frame.offset],
            [at, frameHeaderBytes + frame.payload.length],
          );
          at = frame.end;
        }
      }),
    );
  });

  test('zeros after the last frame are its end', async () => {
    for (const zeros of [1, 19, 20, 5000]) {
      const bytes = Buffer.concat([framesOf([Buffer.from('a')]), Buffer.alloc(zeros)]);
      const { frames, end } = await readAll(bytes);
      assert.deepEqual([frames.length, end], [1, 'end']);
    }
  });

  test('a cut is told from an end, wherever it is', async () => {
    const whole = framesOf([Buffer.from('first'), Buffer.from('second')]);
    const first = frameHeaderBytes + 5;
    for (let length = 0; length < whole.length; length++) {
      const { frames, end, offset } = await readAll(whole.subarray(0, length));
      const complete = length >= first ? 1 : 0;
      assert.deepEqual([frames.length, offset], [complete, complete * first]);
      assert.equal(end, length === 0 || length === first ? 'end' : 'cut');
    }
  });

  test('a flipped bit anywhere is found', async () => {
    const whole = framesOf([Buffer.from('first'), Buffer.from('second')]);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { frames, end } = await readAll(bytes);
      assert.notEqual(end, 'end', `bit ${bit}`);
      assert.ok(frames.length < 2);
    }
  });

  test('a length that no frame has is not believed', () => {
    const frame = encodeFrame(frameKind.rows, Buffer.alloc(3));
    assert.deepEqual(parseFrameHeader(frame)?.length, 3);
    frame.writeUInt32LE(maxFrameBytes + 1, 8);
    assert.equal(parseFrameHeader(frame), undefined);
  });
});

const change: fc.Arbitrary<Change> = fc.record({
  key: fc.string({ unit: 'grapheme', maxLength: 12 }),
  value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null }),
});
const plain = (changes: readonly Change[]): unknown =>
  changes.map(({ key, value }) => [key, value && [...value]]);

describe('batches and rows', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.array(change), (index, changes) => {
        const payload = encodeBatch(index, changes);
        const decoded = decodeBatch(payload);
        assert.deepEqual([decoded.index, batchIndexOf(payload)], [index, index]);
        assert.deepEqual(plain(decoded.changes), plain(changes));
      }),
    );
  });

  test('bytes that were not written by this program are refused, never read past', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of [decodeRows, decodeBatch]) {
          try {
            decode(Buffer.from(bytes));
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'invalid');
          }
        }
      }),
      { numRuns: 500 },
    );
    const manyRows = Buffer.alloc(8);
    manyRows.writeUInt32LE(0xffff_fff0);
    assert.throws(() => decodeRows(manyRows), { code: 'invalid' });
    assert.throws(() => decodeRows(encodeRows([]).subarray(0, 2)), { code: 'invalid' });
  });

  test('a deletion among rows is refused', () => {
    const payload = encodeBatch(0, [{ key: 'a', value: null }]).subarray(8);
    assert.throws(() => decodeRows(payload), { code: 'invalid' });
  });
});

async function stream(rows: readonly Row[], index = 7): Promise<Buffer[]> {
  const source = (async function* () {
    yield* rows;
  })();
  const chunks: Buffer[] = [];
  for await (const chunk of encodeRowStream({ index, rows: source })) chunks.push(chunk);
  return chunks;
}

async function decoded(bytes: Buffer): Promise<{ index: number; rows: Row[] }> {
  const { index, rows } = await decodeRowStream(inPieces(bytes, 1000), damagedSnapshot);
  const list: Row[] = [];
  for await (const row of rows) list.push(row);
  return { index, rows: list };
}

describe('row streams', () => {
  const some = Array.from({ length: 50 }, (_, i) => ({ key: `row/${i}`, value: Buffer.alloc(20_000, i) }));

  test('hold any rows in blocks', async () => {
    const chunks = await stream(some);
    assert.ok(chunks.length > 4, 'header, several blocks, trailer');
    const { index, rows } = await decoded(Buffer.concat(chunks));
    assert.equal(index, 7);
    assert.deepEqual(
      rows.map(({ key }) => key),
      some.map(({ key }) => key),
    );
    assert.ok(rows.every(({ value }, i) => some[i]?.value.equals(value)));
  });

  test('of no rows are valid', async () => {
    assert.deepEqual(await decoded(Buffer.concat(await stream([]))), { index: 7, rows: [] });
  });

  test('with a block missing, twice or moved are refused', async () => {
    const [header = none, first = none, second = none, ...rest] = await stream(some);
    const orders = [
      [header, second, ...rest],
      [header, first, first, second, ...rest],
      [header, second, first, ...rest],
      [header, first, second],
      [first, second, ...rest],
      [header, first, header, second, ...rest],
    ];
    for (const order of orders) {
      await assert.rejects(decoded(Buffer.concat(order)), {
        code: 'invalid',
        message: /the snapshot is damaged/,
      });
    }
  });

  test('of another version say which', async () => {
    const header = encodeFrame(
      frameKind.header,
      Buffer.from('{"format":"serai-rows","version":9,"index":1}'),
    );
    await assert.rejects(decoded(header), /format version 9, this program reads 1/);
    const foreign = encodeFrame(frameKind.header, Buffer.from('{"format":"else"}'));
    await assert.rejects(decoded(foreign), /it is something else/);
    const noIndex = encodeFrame(
      frameKind.header,
      Buffer.from('{"format":"serai-rows","version":1,"index":-1}'),
    );
    await assert.rejects(decoded(noIndex), /index is not a number/);
  });
});

const none = Buffer.alloc(0);
