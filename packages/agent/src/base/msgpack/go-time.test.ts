// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { readGoTime, timeBytes, writeGoTime } from './go-time.ts';
import { zeroTimeText } from './shape.ts';

function bytesOf(text: string): string {
  const target = Buffer.alloc(timeBytes);
  assert.ok(writeGoTime(text, target, 0));
  return target.toString('hex');
}
function textOf(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex');
  return readGoTime(bytes, 0, bytes.length);
}

test('a recorded time reads and writes back to the same bytes', () => {
  const hex = '010000000ee2943d101be2a407ffff';
  assert.equal(textOf(hex), '2026-11-22T01:32:00.467837959Z');
  assert.equal(bytesOf('2026-11-22T01:32:00.467837959Z'), hex);
});

test('the time nobody set is the first moment of year 1', () => {
  assert.equal(bytesOf(zeroTimeText), '01000000000000000000000000ffff');
  assert.equal(textOf('01000000000000000000000000ffff'), zeroTimeText);
});

test('a local zone that equals UTC reads as UTC', () => {
  assert.equal(textOf('010000000ee2943d0417b490ed0000'), '2026-11-22T01:31:48.397709549Z');
});

test('a zone keeps its offset, and the moment stays the same', () => {
  const text = '2026-11-22T03:02:00.5+01:30';
  const hex = bytesOf(text);
  assert.equal(hex.slice(-4), '005a');
  assert.equal(textOf(hex), text);
  assert.equal(hex.slice(2, 18), bytesOf('2026-11-22T01:32:00.5Z').slice(2, 18));
});

test('the longer form with seconds in the offset is read', () => {
  assert.equal(textOf('020000000ee2943d101be2a407ffff00'), '2026-11-22T01:32:00.467837959Z');
});

test('what is no time is refused', () => {
  assert.equal(textOf('030000000ee2943d101be2a407ffff'), undefined);
  assert.equal(textOf('017fffffffffffffff00000000ffff'), undefined);
  assert.equal(textOf('018000000000000000000000000000'), undefined);
  assert.equal(textOf('010000000ee2943d107fffffffffff'), undefined);
  assert.equal(textOf('010000000ee2943d10000000007fff'), undefined);
  assert.equal(writeGoTime('yesterday', Buffer.alloc(15), 0), false);
});

test('property: every moment between the years 1 and 9999 survives', () => {
  const moments = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, fc.integer({ min: 0, max: 999_999_999 }), (moment, nanoseconds) => {
      const seconds = moment.toISOString().slice(0, 19);
      const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
      const text = `${seconds}${fraction}Z`;
      assert.equal(textOf(bytesOf(text)), text);
    }),
  );
});
