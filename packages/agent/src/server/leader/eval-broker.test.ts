// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Evaluation, make } from '@serai/api';
import { nullMetrics, seededRandom } from '#base';
import { VirtualClock } from '#testing';
import { defaultEvalBrokerOptions, EvalBroker, failedQueue } from './eval-broker.ts';

let nextIndex = 1;
const evaluation = (fields: Partial<Evaluation>): Evaluation => {
  const index = nextIndex++;
  return make(Evaluation, {
    ID: `eval-${index}`,
    Namespace: 'default',
    JobID: `job-${index}`,
    Type: 'service',
    Priority: 50,
    Status: 'pending',
    CreateIndex: index,
    ModifyIndex: index,
    ...fields,
  });
};

function broker(): { broker: EvalBroker; clock: VirtualClock } {
  const clock = new VirtualClock();
  const made = new EvalBroker(defaultEvalBrokerOptions, {
    clock,
    random: seededRandom(1),
    metrics: nullMetrics,
  });
  made.setEnabled(true);
  return { broker: made, clock };
}

test('hands out the highest priority first, then the oldest', async () => {
  const { broker: b } = broker();
  const low = evaluation({ Priority: 20 });
  const first = evaluation({});
  const second = evaluation({});
  const high = evaluation({ Priority: 90 });
  for (const e of [low, second, first, high]) b.enqueue(e);
  const order = [];
  for (let i = 0; i < 4; i++) order.push((await b.dequeue(['service']))?.evaluation.ID);
  assert.deepEqual(order, [high.ID, first.ID, second.ID, low.ID]);
});

test('picks only from the queues that were asked for', async () => {
  const { broker: b } = broker();
  const batch = evaluation({ Type: 'batch' });
  b.enqueue(batch);
  b.enqueue(evaluation({ Priority: 90 }));
  assert.equal((await b.dequeue(['batch', 'system']))?.evaluation.ID, batch.ID);
});

test('keeps one evaluation of a job in work, then hands out the newest and cancels the rest', async () => {
  const { broker: b } = broker();
  const [one, two, three] = [1, 2, 3].map(() => evaluation({ JobID: 'web' }));
  assert.ok(one && two && three);
  for (const e of [one, two, three]) b.enqueue(e);
  const held = await b.dequeue(['service']);
  assert.equal(held?.evaluation.ID, one.ID);
  assert.deepEqual(b.stats(), { ready: 0, unacked: 1, pending: 2, waiting: 0, failed: 0 });
  b.ack(one.ID, held?.token ?? '');
  assert.equal((await b.dequeue(['service']))?.evaluation.ID, three.ID);
  assert.deepEqual(
    b.takeCanceled().map((e) => e.ID),
    [two.ID],
  );
});

test('jobs of the same name in two namespaces do not wait for each other', async () => {
  const { broker: b } = broker();
  b.enqueue(evaluation({ JobID: 'web' }));
  b.enqueue(evaluation({ JobID: 'web', Namespace: 'other' }));
  assert.ok(await b.dequeue(['service']));
  assert.ok(await b.dequeue(['service']));
});

test('a waiting dequeue gets the next evaluation', async () => {
  const { broker: b } = broker();
  const waiting = b.dequeue(['service']);
  const e = evaluation({});
  b.enqueue(e);
  assert.equal((await waiting)?.evaluation.ID, e.ID);
});

test('a waiting dequeue ends when the broker is turned off or the caller gives up', async () => {
  const { broker: b } = broker();
  const abort = new AbortController();
  const given = b.dequeue(['service'], abort.signal);
  abort.abort();
  assert.equal(await given, undefined);
  const off = b.dequeue(['service']);
  b.setEnabled(false);
  assert.equal(await off, undefined);
});

test('a nacked evaluation comes back after a pause, and after three deliveries goes to the failed queue', async () => {
  const { broker: b, clock } = broker();
  const e = evaluation({});
  b.enqueue(e);
  for (const pauseMs of [1_000, 20_000]) {
    const held = await b.dequeue(['service']);
    b.nack(e.ID, held?.token ?? '');
    assert.equal(b.stats().waiting, 1);
    await clock.advance(pauseMs - 1);
    assert.equal(b.stats().ready, 0);
    await clock.advance(1);
    assert.equal(b.stats().ready, 1);
  }
  const held = await b.dequeue(['service']);
  b.nack(e.ID, held?.token ?? '');
  const failed = await b.dequeue([failedQueue]);
  assert.equal(failed?.evaluation.ID, e.ID);
  assert.equal(failed?.queue, failedQueue);
});

test('a worker that stays silent loses its evaluation, and its late ack is refused', async () => {
  const { broker: b, clock } = broker();
  const e = evaluation({});
  b.enqueue(e);
  const held = await b.dequeue(['service']);
  await clock.advance(defaultEvalBrokerOptions.nackTimeoutMs);
  assert.equal(b.owns(e.ID, held?.token ?? ''), false);
  assert.throws(() => b.ack(e.ID, held?.token ?? ''), /not outstanding/);
  await clock.advance(1_000);
  assert.ok(await b.dequeue(['service']));
});

test('an evaluation with WaitUntil is handed out when its time has come', async () => {
  const { broker: b, clock } = broker();
  b.enqueue(evaluation({ WaitUntil: new Date(clock.nowMs() + 5_000).toISOString() }));
  assert.equal(b.stats().waiting, 1);
  await clock.advance(5_000);
  assert.equal(b.stats().ready, 1);
});

test('a newer copy of an evaluation in work runs again after the ack', async () => {
  const { broker: b } = broker();
  const e = evaluation({});
  b.enqueue(e);
  const held = await b.dequeue(['service']);
  b.enqueue({ ...e, ModifyIndex: e.ModifyIndex + 1000 });
  b.ack(e.ID, held?.token ?? '');
  assert.equal((await b.dequeue(['service']))?.evaluation.ID, e.ID);
});

test('a paused broker hands out nothing until it goes on', async () => {
  const { broker: b } = broker();
  b.setPaused(true);
  b.enqueue(evaluation({}));
  const waiting = b.dequeue(['service']);
  assert.equal(b.stats().ready, 1);
  b.setPaused(false);
  assert.ok(await waiting);
});

test('turned off it takes nothing and forgets everything', async () => {
  const { broker: b, clock } = broker();
  b.enqueue(evaluation({}));
  b.enqueue(evaluation({ Wait: 5e9 }));
  assert.ok(await b.dequeue(['service']));
  b.setEnabled(false);
  b.enqueue(evaluation({}));
  assert.deepEqual(b.stats(), { ready: 0, unacked: 0, pending: 0, waiting: 0, failed: 0 });
  assert.equal(clock.pendingTimers, 0);
});

test('evaluations that wait for one node each do not replace each other, a newer one of the job replaces all', async () => {
  const { broker: b } = broker();
  const forNode = (NodeID: string): Evaluation =>
    evaluation({ JobID: 'agent', Type: 'system', Status: 'blocked', NodeID });
  const [first, second, third, again] = [forNode('n1'), forNode('n2'), forNode('n3'), forNode('n3')];
  for (const e of [first, second, third, again]) b.enqueue(e);
  const done = async (): Promise<string | undefined> => {
    const held = await b.dequeue(['system']);
    if (held) b.ack(held.evaluation.ID, held.token);
    return held?.evaluation.ID;
  };
  assert.deepEqual([await done(), await done(), await done()], [first.ID, again.ID, second.ID]);
  assert.deepEqual(
    b.takeCanceled().map((e) => e.ID),
    [third.ID],
    'only the one of the same node',
  );
  const held = evaluation({ JobID: 'agent', Type: 'system' });
  b.enqueue(held);
  const work = await b.dequeue(['system']);
  for (const e of [forNode('n1'), forNode('n2')]) b.enqueue(e);
  const whole = evaluation({ JobID: 'agent', Type: 'system', TriggeredBy: 'node-update', NodeID: 'n9' });
  b.enqueue(whole);
  b.ack(held.ID, work?.token ?? '');
  assert.equal(await done(), whole.ID);
  assert.equal(b.takeCanceled().length, 2);
  assert.deepEqual(b.stats(), { ready: 0, unacked: 0, pending: 0, waiting: 0, failed: 0 });
});

test('WaitUntil counts, not the duration beside it: a restart does not begin the wait anew', () => {
  const { broker: b, clock } = broker();
  b.enqueue(evaluation({ Wait: 60e9, WaitUntil: new Date(clock.nowMs() - 1).toISOString() }));
  assert.equal(b.stats().ready, 1);
});

test('an evaluation behind a nacked one of its job is not lost', async () => {
  const { broker: b, clock } = broker();
  const [one, two] = [evaluation({ JobID: 'web' }), evaluation({ JobID: 'web' })];
  b.enqueue(one);
  const held = await b.dequeue(['service']);
  b.enqueue(two);
  b.nack(one.ID, held?.token ?? '');
  await clock.advance(1_000);
  const again = await b.dequeue(['service']);
  assert.equal(again?.evaluation.ID, one.ID);
  b.ack(one.ID, again?.token ?? '');
  assert.equal((await b.dequeue(['service']))?.evaluation.ID, two.ID);
});

test('a second copy of an evaluation that waits or is ready is ignored', async () => {
  const { broker: b } = broker();
  const e = evaluation({});
  b.enqueue(e);
  b.enqueue({ ...e, ModifyIndex: e.ModifyIndex + 5 });
  assert.equal(b.stats().ready, 1);
});

test('of many that come together the most important is handed out first', async () => {
  const { broker: b } = broker();
  const low = evaluation({ Priority: 10 });
  const high = evaluation({ Priority: 90 });
  const waiting = b.dequeue(['service']);
  b.together(() => {
    b.enqueue(low);
    b.together(() => b.enqueue(high));
  });
  assert.equal((await waiting)?.evaluation.ID, high.ID);
  assert.equal((await b.dequeue(['service']))?.evaluation.ID, low.ID);
});

test('a failure among those that come together does not hold up the broker', async () => {
  const { broker: b } = broker();
  const waiting = b.dequeue(['service']);
  const e = evaluation({});
  assert.throws(
    () =>
      b.together(() => {
        b.enqueue(e);
        throw new Error('in between');
      }),
    /in between/,
  );
  assert.equal((await waiting)?.evaluation.ID, e.ID);
});
