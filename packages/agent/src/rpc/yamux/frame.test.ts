// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { encodeHeader, type FrameHeader, FrameParser, type FrameType, frameType } from './frame.ts';

interface Frame extends FrameHeader {
  readonly body: Buffer;
}

function parse(pieces: readonly Buffer[]): { frames: Frame[]; idle: boolean } {
  const frames: Frame[] = [];
  let body: Buffer[] = [];
  const parser = new FrameParser({
    header: () => {
      body = [];
    },
    body: (piece) => body.push(piece),
    frameEnd: (header) => frames.push({ ...header, body: Buffer.concat(body) }),
  });
  for (const piece of pieces) parser.push(piece);
  return { frames, idle: parser.idle };
}

function encode(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [encodeHeader(frame), frame.body]));
}

const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    type: fc.constantFrom(0, 1, 2, 3) as fc.Arbitrary<FrameType>,
    flags: fc.integer({ min: 0, max: 0xffff }),
    streamId: fc.integer({ min: 0, max: 0xffff_ffff }),
    length: fc.integer({ min: 0, max: 0xffff_ffff }),
    bytes: fc.uint8Array({ maxLength: 100 }),
  })
  .map(({ bytes, ...header }) =>
    header.type === frameType.data
      ? { ...header, length: bytes.length, body: Buffer.from(bytes) }
      : { ...header, body: Buffer.alloc(0) },
  );

test('a header is 12 bytes, big endian', () => {
  const header = { type: frameType.windowUpdate, flags: 1, streamId: 2, length: 3 };
  assert.equal(encodeHeader(header).toString('hex'), '000100010000000200000003');
});

test('property: frames come out as they went in, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (frames, step) => {
      const bytes = encode(frames);
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += step) pieces.push(bytes.subarray(at, at + step));
      assert.deepEqual(parse(pieces), { frames, idle: true });
    }),
  );
});

test('the recorded connection parses to its end and encodes to the same bytes', () => {
  const folder = join(import.meta.dirname, '../../../test/fixtures/rpc');
  for (const [name, skip] of [
    ['conn1.c2s.bin', 1],
    ['conn1.s2c.bin', 0],
  ] as const) {
    const bytes = readFileSync(join(folder, name)).subarray(skip);
    const { frames, idle } = parse([bytes]);
    assert.ok(idle && frames.length > 200, `${name}: ${frames.length} frames`);
    assert.ok(encode(frames).equals(bytes), name);
  }
});

test('bytes that are no yamux are refused', () => {
  assert.throws(() => parse([Buffer.from('01'.padEnd(24, '0'), 'hex')]), /yamux version 1 is not supported/);
  assert.throws(() => parse([Buffer.from('0004'.padEnd(24, '0'), 'hex')]), /frame type 4 is not known/);
});

test('limit: a body is handed on as it comes, never collected', () => {
  const pieces: number[] = [];
  const parser = new FrameParser({
    header: () => {},
    body: ({ length }) => pieces.push(length),
    frameEnd: () => {},
  });
  parser.push(encodeHeader({ type: frameType.data, flags: 0, streamId: 1, length: 0xffff_ffff }));
  parser.push(Buffer.alloc(1_000));
  parser.push(Buffer.alloc(500));
  assert.deepEqual(pieces, [1_000, 500]);
  assert.equal(parser.idle, false);
});
