// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nullMetrics } from '#base';
import type { CommittedOperation, RowChange } from '#state';
import { mockNode } from '#testing';
import { EventBroker, maxBehindBatches, maxBehindEvents, maxSubscriptions } from './event-broker.ts';
import { eventFilter } from './event-filter.ts';
import type { Subscription } from './subscription.ts';

const everything = eventFilter(null, 'default');

function registration(...ids: readonly string[]): CommittedOperation[] {
  const changes = new Map<string, RowChange>(
    ids.map((key) => [key, { table: 'nodes', key, before: undefined, after: mockNode({ ID: key }) }]),
  );
  return [{ name: 'register node', changes }];
}

function broker(bufferSize = 100): EventBroker {
  return new EventBroker({ bufferSize }, { metrics: nullMetrics });
}

/** `index: keys` of everything that is there. */
function drain(subscription: Subscription): string[] {
  const seen: string[] = [];
  for (let next = subscription.take(); next; next = subscription.take())
    seen.push(`${next.index}: ${next.events.map(({ key }) => key).join(' ')}`);
  return seen;
}

test('what is published reaches those who were there and those who ask for it later', () => {
  const events = broker();
  const early = events.subscribe(everything, 0);
  assert.equal(early.take(), undefined);
  events.publish(5, registration('a', 'b'));
  events.publish(6, []);
  events.publish(7, registration('c'));
  assert.deepEqual(drain(early), ['5: a b', '7: c']);
  assert.deepEqual(drain(events.subscribe(everything, 0)), ['5: a b', '7: c']);
  assert.deepEqual(drain(events.subscribe(everything, 6)), ['7: c']);
  assert.deepEqual(drain(early), []);
});

test('a commit of which nothing is wanted is passed over', () => {
  const events = broker();
  const only = events.subscribe(eventFilter({ Node: ['c'] }, 'default'), 0);
  for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) events.publish(index + 1, registration(id));
  assert.deepEqual(drain(only), ['3: c']);
});

test('a reader is woken once per wait, at once when something is there', () => {
  const events = broker();
  const subscription = events.subscribe(everything, 0);
  let woken = 0;
  const wait = (): void => subscription.onReady(() => (woken += 1));
  wait();
  assert.equal(woken, 0);
  events.publish(1, registration('a'));
  events.publish(2, registration('b'));
  assert.equal(woken, 1);
  wait();
  assert.equal(woken, 2);
  drain(subscription);
  wait();
  assert.equal(woken, 2);
});

test('a reader that falls too far behind is cut off, the others stay', () => {
  for (const [commits, ids] of [
    [maxBehindBatches + 1, ['a']],
    [2, Array.from({ length: maxBehindEvents / 2 + 1 }, (_, i) => `n${i}`)],
  ] as const) {
    const events = broker(1);
    const slow = events.subscribe(everything, 0);
    const fast = events.subscribe(everything, 0);
    const operations = registration(...ids);
    let woken = false;
    slow.onReady(() => (woken = true));
    for (let index = 1; index <= commits; index++) {
      events.publish(index, operations);
      while (fast.take());
    }
    assert.throws(() => slow.take(), { code: 'limit', message: /too slow/ });
    assert.equal(slow.place.next, undefined, 'nothing is held for it');
    assert.deepEqual([woken, events.subscribers], [true, 1]);
  }
});

test('a restore ends all subscriptions and forgets the events', () => {
  const events = broker();
  events.publish(9, registration('old'));
  const subscription = events.subscribe(everything, 0);
  events.reset();
  assert.throws(() => subscription.take(), /restored from a snapshot/);
  assert.equal(events.subscribers, 0);
  assert.deepEqual(drain(events.subscribe(everything, 0)), []);
  events.publish(4, registration('new'));
  assert.deepEqual(drain(events.subscribe(everything, 9)), ['4: new']);
});

test('a closed broker takes nobody', () => {
  const events = broker();
  const subscription = events.subscribe(everything, 0);
  events.close();
  assert.throws(() => subscription.take(), /the server is stopping/);
  assert.throws(() => events.subscribe(everything, 0), /the server is stopping/);
});

test('the number of subscriptions has a limit, and each that ends makes room', () => {
  const events = broker();
  const all = Array.from({ length: maxSubscriptions }, () => events.subscribe(everything, 0));
  assert.throws(() => events.subscribe(everything, 0), { code: 'limit' });
  all[0]?.end(new Error('done') as never);
  events.subscribe(everything, 0);
  assert.equal(events.subscribers, maxSubscriptions);
});

test('in any order of commits and reads each reader gets what it asked for from its start on, once and in order', () => {
  const ids = ['a', 'b', 'c'] as const;
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), ids: fc.subarray([...ids]) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), who: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('join' as const), key: fc.constantFrom(...ids, '*') }),
    },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.array(step, { maxLength: 60 }), (bufferSize, steps) => {
      const events = broker(bufferSize);
      const commits: { index: number; ids: readonly string[] }[] = [];
      const readers: { subscription: Subscription; key: string; from: number; seen: string[] }[] = [];
      const read = (reader: (typeof readers)[number]): void => {
        reader.seen.push(...drain(reader.subscription));
      };
      for (const each of steps) {
        if (each.do === 'commit') {
          const index = (commits.at(-1)?.index ?? 0) + 1;
          commits.push({ index, ids: each.ids });
          events.publish(index, registration(...each.ids));
        } else if (each.do === 'join') {
          const subscription = events.subscribe(eventFilter({ Node: [each.key] }, 'default'), 0);
          const told = commits.filter(({ ids: named }) => named.length > 0);
          const kept = bufferSize === 0 ? [] : told.slice(-bufferSize);
          const from = kept[0]?.index ?? (commits.at(-1)?.index ?? 0) + 1;
          readers.push({ subscription, key: each.key, from, seen: [] });
        } else {
          const reader = readers[each.who % Math.max(1, readers.length)];
          if (reader) read(reader);
        }
      }
      for (const reader of readers) {
        read(reader);
        const expected = commits
          .filter(({ index }) => index >= reader.from)
          .map(({ index, ids: named }) => ({
            index,
            keys: named.filter((id) => reader.key === '*' || id === reader.key),
          }))
          .filter(({ keys }) => keys.length > 0)
          .map(({ index, keys }) => `${index}: ${keys.join(' ')}`);
        assert.deepEqual(reader.seen, expected);
      }
    }),
  );
});
