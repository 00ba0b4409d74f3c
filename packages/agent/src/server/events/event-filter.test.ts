// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event } from './event.ts';
import { eventFilter, maxKeys, maxTopics } from './event-filter.ts';

function event(fields: Partial<Event>): Event {
  return {
    topic: 'Job',
    type: 'JobRegistered',
    key: 'web',
    namespace: 'default',
    filterKeys: null,
    payload: () => ({}),
    ...fields,
  };
}

const alloc = event({ topic: 'Allocation', key: 'a1', filterKeys: ['web', ''] });
const node = event({ topic: 'Node', key: 'n1', namespace: '' });

function lets(
  topics: Readonly<Record<string, readonly string[]>> | null,
  of: Event,
  namespace = 'default',
): boolean {
  return eventFilter(topics, namespace).matches(of);
}

test('no topics, and all topics, are everything', () => {
  for (const topics of [null, {}, { '*': ['*'] }, { '*': [] }])
    assert.deepEqual([lets(topics, event({})), lets(topics, alloc), lets(topics, node)], [true, true, true]);
});

test('a topic lets its own events through', () => {
  assert.equal(lets({ Job: ['*'] }, event({})), true);
  assert.equal(lets({ Job: ['*'] }, alloc), false);
  assert.equal(lets({ Job: ['*'], Node: ['*'] }, node), true);
  assert.equal(lets({ Unheard: ['*'] }, node), false);
});

test('a key is the key of the object or one of its filter keys', () => {
  assert.equal(lets({ Allocation: ['a1'] }, alloc), true);
  assert.equal(lets({ Allocation: ['web'] }, alloc), true);
  assert.equal(lets({ Allocation: ['other', 'web'] }, alloc), true);
  assert.equal(lets({ Allocation: ['other'] }, alloc), false);
  assert.equal(lets({ '*': ['web'] }, alloc), true);
  assert.equal(lets({ '*': ['web'] }, node), false);
});

test('an empty filter key is nobody', () => {
  assert.equal(lets({ Allocation: [''] }, alloc), false);
});

test('a star counts beside other keys', () => {
  assert.equal(lets({ Allocation: ['other', '*'] }, alloc), true);
});

test('namespaces: the own one, all, and objects of none', () => {
  assert.equal(lets(null, event({}), 'other'), false);
  assert.equal(lets(null, event({}), '*'), true);
  assert.equal(lets(null, node, 'other'), true);
});

test('names of JavaScript are names like others', () => {
  assert.equal(lets({ constructor: ['*'] }, event({})), false);
  assert.equal(lets({ Job: ['__proto__'] }, event({})), false);
});

test('too many topics and too many keys are refused', () => {
  const topics = Object.fromEntries(Array.from({ length: maxTopics + 1 }, (_, i) => [`t${i}`, ['*']]));
  assert.throws(() => eventFilter(topics, 'default'), /may name 64 topics, not 65/);
  const keys = Array.from({ length: maxKeys + 1 }, (_, i) => `k${i}`);
  assert.throws(() => eventFilter({ Job: keys }, 'default'), /may name 1024 keys, not 1025/);
});

test('the same signature means the same events', () => {
  const names = fc.constantFrom('Job', 'Allocation', '*', 'web', 'a1');
  const topics = fc.dictionary(names, fc.array(names, { maxLength: 3 }), { maxKeys: 3 });
  const namespace = fc.constantFrom('default', '*', 'other');
  fc.assert(
    fc.property(topics, topics, namespace, namespace, (a, b, inA, inB) => {
      const [one, two] = [eventFilter(a, inA), eventFilter(b, inB)];
      if (one.signature !== two.signature) return;
      for (const each of [event({}), alloc, node]) assert.equal(one.matches(each), two.matches(each));
    }),
  );
  assert.equal(
    eventFilter({ Job: ['b', 'a'], Node: ['*'] }, 'x').signature,
    eventFilter({ Node: [], Job: ['a', 'b'] }, 'x').signature,
  );
});
