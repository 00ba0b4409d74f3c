// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from './event.ts';
import { EncodedFrames, maxEncodedBytes, maxFrameEvents, maxFrameLength } from './event-frames.ts';

function event(key: string, payload: () => object = () => ({ ID: key })): Event {
  return {
    topic: 'Job',
    type: 'JobRegistered',
    key,
    namespace: 'default',
    filterKeys: null,
    payload: () => ({ Job: payload() }),
  };
}

const parsed = (frames: Iterable<Uint8Array>): unknown[] =>
  [...frames].map((frame) => JSON.parse(Buffer.from(frame).toString()));

test('a frame has the index and the events', () => {
  const frames = new EncodedFrames();
  assert.deepEqual(parsed(frames.of({ index: 3, events: [event('a')] }, 'x')), [
    {
      Index: 3,
      Events: [
        {
          Topic: 'Job',
          Type: 'JobRegistered',
          Key: 'a',
          Namespace: 'default',
          FilterKeys: null,
          Index: 3,
          Payload: { Job: { ID: 'a' } },
        },
      ],
    },
  ]);
});

test('a large commit is several frames of one index', () => {
  const events = Array.from({ length: 2 * maxFrameEvents + 1 }, (_, i) => event(`k${i}`));
  const frames = parsed(new EncodedFrames().of({ index: 8, events }, 'x')) as {
    Index: number;
    Events: { Key: string }[];
  }[];
  assert.deepEqual(
    frames.map(({ Index, Events }) => [Index, Events.length]),
    [
      [8, maxFrameEvents],
      [8, maxFrameEvents],
      [8, 1],
    ],
  );
  assert.deepEqual(
    frames.flatMap(({ Events }) => Events.map(({ Key }) => Key)),
    events.map(({ key }) => key),
  );
});

test('large events go out alone', () => {
  const large = 'x'.repeat(maxFrameLength);
  const events = [event('a'), event('b', () => ({ large })), event('c', () => ({ large })), event('d')];
  const frames = parsed(new EncodedFrames().of({ index: 8, events }, 'x')) as { Events: { Key: string }[] }[];
  assert.deepEqual(
    frames.map(({ Events }) => Events.map(({ Key }) => Key)),
    [['a', 'b'], ['c'], ['d']],
  );
});

test('the same frame is encoded once for each filter', () => {
  const frames = new EncodedFrames();
  let encoded = 0;
  const events = [event('a', () => ({ encoded: ++encoded }))];
  for (const signature of ['x', 'x', 'y', 'x']) [...frames.of({ index: 1, events }, signature)];
  assert.equal(encoded, 2);
  [...frames.of({ index: 2, events }, 'x')];
  assert.equal(encoded, 3);
  frames.clear();
  [...frames.of({ index: 2, events }, 'x')];
  assert.equal(encoded, 4);
});

test('what is kept has a limit; a frame above it is sent all the same', () => {
  const frames = new EncodedFrames();
  let encoded = 0;
  const large = 'x'.repeat(maxEncodedBytes / 4);
  const events = [event('a', () => ({ large, encoded: ++encoded }))];
  for (let index = 1; index <= 6; index++) [...frames.of({ index, events }, 'x')];
  [...frames.of({ index: 6, events }, 'x')];
  assert.equal(encoded, 6, 'the newest is kept');
  [...frames.of({ index: 1, events }, 'x')];
  assert.equal(encoded, 7, 'the oldest is not');
  const huge = [event('b', () => ({ text: 'x'.repeat(maxEncodedBytes) }))];
  assert.equal([...frames.of({ index: 9, events: huge }, 'x')].length, 1);
});
