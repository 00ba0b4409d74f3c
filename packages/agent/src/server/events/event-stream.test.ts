// SPDX-License-Identifier: MPL-2.0
// Event.Stream of a whole server, by a call inside the process.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Event_Stream, Job_Deregister, make, Node_UpdateEligibility } from '@serai/api';
import { frameError, type RpcStream } from '#rpc';
import { mockJob, mockTaskGroup, TestCluster } from '#testing';
import { eventHeartbeatMs } from './event-stream.ts';

interface Frame {
  readonly Index: number;
  readonly Events: readonly {
    readonly Topic: string;
    readonly Type: string;
    readonly Key: string;
    readonly Index: number;
    readonly Payload: Readonly<Record<string, unknown>>;
  }[];
}

class Reader {
  readonly stream: RpcStream;
  readonly #frames: AsyncIterator<unknown>;

  constructor(stream: RpcStream) {
    this.stream = stream;
    this.#frames = stream.frames()[Symbol.asyncIterator]();
  }

  /** undefined: a sign of life; `end` after the last. Throws the stream's error. */
  async next(): Promise<Frame | undefined | 'end'> {
    const next = await this.#frames.next();
    if (next.done) return 'end';
    const error = frameError(next.value);
    if (error) throw error;
    const { Event } = next.value as { Event: { Data: Uint8Array } };
    const parsed = JSON.parse(Buffer.from(Event.Data).toString()) as Frame;
    return Object.keys(parsed).length === 0 ? undefined : parsed;
  }

  async frame(): Promise<Frame> {
    const next = await this.next();
    assert.ok(next && next !== 'end');
    return next;
  }

  /** Like `Job JobRegistered web` of the next frame. */
  async events(): Promise<string[]> {
    return (await this.frame()).Events.map(({ Topic, Type, Key }) => `${Topic} ${Type} ${Key}`);
  }
}

async function subscribe(
  t: TestContext,
  cluster: TestCluster,
  args: { Topics?: Record<string, string[]>; Index?: number; Namespace?: string } = {},
): Promise<Reader> {
  const full = make(Event_Stream.request, { Region: 'global', Namespace: '*', ...args });
  const stream = await cluster.rpc.stream(Event_Stream, { ...full });
  t.after(() => stream.close());
  const reader = new Reader(stream);
  assert.equal(await reader.next(), undefined, 'a sign of life comes at once');
  return reader;
}

const job = (id: string) => mockJob({ ID: id, TaskGroups: [mockTaskGroup({ Count: 1 })] });

test('a job is followed from its registration to its end', async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addNode();
  const reader = await subscribe(t, cluster, { Topics: { Job: ['web'], Allocation: ['web'] }, Index: 0 });
  await cluster.run(job('web'));
  const [alloc] = cluster.allocs('web');
  assert.ok(alloc);
  assert.deepEqual(await reader.events(), ['Job JobRegistered web']);
  const placed = await reader.frame();
  const types = placed.Events.map(({ Topic, Type }) => `${Topic} ${Type}`);
  assert.ok(types.includes('Allocation PlanResult'), types.join());
  assert.ok(placed.Events.every(({ Index }) => Index === placed.Index));
  const running = await reader.frame();
  assert.ok(running.Events.some(({ Type }) => Type === 'AllocationUpdated'));
  await cluster.call(Job_Deregister, { JobID: 'web' });
  const seen: string[] = [];
  while (!seen.includes('Job JobDeregistered web')) seen.push(...(await reader.events()));
});

test('what is kept is told to who comes later, from the index they name', async (t) => {
  const cluster = await TestCluster.start(t);
  const first = await cluster.register(job('a'));
  const second = await cluster.register(job('b'));
  await cluster.settle();
  const all = await subscribe(t, cluster, { Topics: { Job: ['*'] } });
  assert.deepEqual(await all.events(), ['Job JobRegistered a']);
  assert.deepEqual(await all.events(), ['Job JobRegistered b']);
  const later = await subscribe(t, cluster, { Topics: { Job: ['*'] }, Index: second.JobModifyIndex });
  assert.equal((await later.frame()).Index, second.JobModifyIndex);
  const between = await subscribe(t, cluster, { Topics: { Job: ['b'] }, Index: first.JobModifyIndex + 1 });
  assert.deepEqual(await between.events(), ['Job JobRegistered b']);
});

test('namespaces keep events apart; nodes are of none', async (t) => {
  const cluster = await TestCluster.start(t);
  const other = await subscribe(t, cluster, { Namespace: 'other' });
  const node = await cluster.addNode();
  await cluster.run(job('web'));
  await cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility: 'ineligible' });
  const seen: string[] = [];
  while (!seen.some((line) => line.includes('NodeEligibility'))) seen.push(...(await other.events()));
  assert.deepEqual(
    seen.filter((line) => !/^Node(Pool)? /.test(line)),
    [],
  );
});

test('a sign of life comes every 30 seconds', async (t) => {
  const cluster = await TestCluster.start(t);
  const reader = await subscribe(t, cluster, { Topics: { Job: ['none'] } });
  for (let i = 0; i < 3; i++) {
    let came = false;
    const next = reader.next().then((frame) => {
      came = true;
      return frame;
    });
    await cluster.clock.advance(eventHeartbeatMs - 1);
    assert.equal(came, false);
    await cluster.clock.advance(1);
    assert.equal(await next, undefined);
  }
});

test('a subscription ends with its caller', async (t) => {
  const cluster = await TestCluster.start(t);
  const reader = await subscribe(t, cluster);
  const { events } = cluster.server.context;
  assert.equal(events?.subscribers, 1);
  reader.stream.close();
  await cluster.settle();
  assert.equal(events?.subscribers, 0);
});

test('a reader that takes nothing holds nobody up and is ended when it is too far behind', async (t) => {
  const cluster = await TestCluster.start(t);
  const { events } = cluster.server.context;
  assert.ok(events);
  const stream = await cluster.rpc.stream(Event_Stream, {
    ...make(Event_Stream.request, { Region: 'global', Namespace: '*' }),
  });
  t.after(() => stream.close());
  await cluster.settle();
  const changes = new Map([
    ['n', { table: 'nodePools' as const, key: 'n', before: undefined, after: { Name: 'n' } as never }],
  ]);
  for (let index = 100; events.subscribers > 0; index++) {
    assert.ok(index < 10_000);
    events.publish(index, [{ name: '', changes }]);
  }
  await cluster.run(job('web'));
  const reader = new Reader(stream);
  await assert.rejects(async () => {
    for (;;) if ((await reader.next()) === 'end') return;
  }, /too slow/);
});

test('a restore and a stop end the stream with the reason', async (t) => {
  const cluster = await TestCluster.start(t);
  const restored = await subscribe(t, cluster, { Topics: { Job: ['x'] } });
  cluster.server.context.events?.reset();
  await assert.rejects(restored.next(), /the state was restored/);
  const stopped = await subscribe(t, cluster, { Topics: { Job: ['x'] } });
  await cluster.server.stop();
  await assert.rejects(stopped.next(), /the server is stopping/);
});

test('without the broker the stream is refused, and bad filters are', async (t) => {
  const off = await TestCluster.start(t, { options: { events: { enabled: false, bufferSize: 100 } } });
  await assert.rejects(subscribe(t, off), { status: 500, message: 'EventBroker not configured' });
  const cluster = await TestCluster.start(t);
  const Topics = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`t${i}`, ['*']]));
  await assert.rejects(subscribe(t, cluster, { Topics }), { status: 400 });
});
