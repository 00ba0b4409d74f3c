// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Job, make, PeriodicConfig } from '@serai/api';
import { LogHub, nullMetrics, systemRandom, TaskSet } from '#base';
import {
  deleteJob,
  jobKey,
  type StateSnapshot,
  StateStore,
  stopJob,
  upsertEvals,
  upsertJob,
  WriteLoop,
} from '#state';
import { GatedEngine, mockBatchJob, VirtualClock } from '#testing';
import { PeriodicDispatcher } from './periodic.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** midnight */
const start = Date.UTC(2026, 0, 1);

/** The part of a server that launches periodic jobs. Nothing schedules: a child stays pending until a test ends it. */
class Harness {
  readonly clock = new VirtualClock(start);
  readonly engine = new GatedEngine();
  readonly store = new StateStore({ freezeRows: true }, { clock: this.clock });
  readonly logged: string[] = [];
  readonly #hub = new LogHub(this.clock, 'debug');
  readonly writes: WriteLoop;
  #tasks: TaskSet;
  #leads = true;
  dispatcher: PeriodicDispatcher;

  constructor() {
    this.#hub.addSink((entry) => this.logged.push(entry.message));
    const { engine, store, clock } = this;
    this.writes = new WriteLoop(
      {},
      { engine, store, clock, log: this.#hub.logger('t'), metrics: nullMetrics },
    );
    this.#tasks = new TaskSet(this.#hub.logger('tasks'));
    this.dispatcher = this.#newDispatcher();
    store.onCommit(({ changes, snapshot }) => {
      if (this.#leads) this.dispatcher.onCommit(changes, snapshot);
    });
  }

  #newDispatcher(): PeriodicDispatcher {
    const { store, writes, clock } = this;
    const context = {
      store,
      writes,
      clock,
      random: systemRandom,
      log: this.#hub.logger('periodic'),
      options: { jobTrackedVersions: 6 },
    };
    return new PeriodicDispatcher(context, this.#tasks);
  }

  async start(): Promise<void> {
    await this.store.load(await this.engine.open());
    await this.writes.start();
    this.dispatcher.restore(this.snapshot);
  }

  /** This server leads no more; time passes; it leads again. */
  async awayFor(timeMs: number, meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
    this.#leads = false;
    this.dispatcher.stop();
    await this.#tasks.stop();
    this.#tasks = new TaskSet(this.#hub.logger('tasks'));
    await this.clock.advance(timeMs / 2);
    await meanwhile();
    await this.clock.advance(timeMs / 2);
    this.#leads = true;
    this.dispatcher = this.#newDispatcher();
    this.dispatcher.restore(this.snapshot);
    await this.clock.advance(0);
  }

  async stop(): Promise<void> {
    this.dispatcher.stop();
    await this.#tasks.stop();
    await this.writes.stop();
  }

  get snapshot(): StateSnapshot {
    return this.store.snapshot();
  }

  async register(fields: Partial<Job> = {}): Promise<void> {
    const job = mockBatchJob({ ID: 'backup', SubmitTime: this.clock.nowMs() * 1e6, ...fields });
    await this.writes.write('register', (tx) => upsertJob(tx, { job }));
  }

  /** Ends every evaluation of the job, which then is dead: it has no allocations. */
  async end(jobId: string): Promise<void> {
    await this.writes.write('end', (tx) => {
      const open = tx.evalsByJob('default', jobId);
      upsertEvals(
        tx,
        open.map((e) => ({ ...e, Status: 'complete' })),
      );
    });
  }

  /** Time of each launch of the job, as far into the test as it came. */
  launches(parent = 'backup'): string[] {
    return this.snapshot
      .jobsByParent('default', parent)
      .map(({ ID }) => new Date(Number(ID.split('periodic-')[1]) * 1000).toISOString().slice(11, 19));
  }

  next(id = 'backup'): string | undefined {
    const next = this.dispatcher.nextOf(jobKey('default', id));
    return next === undefined ? undefined : new Date(next).toISOString().slice(11, 19);
  }
}

async function harness(t: TestContext): Promise<Harness> {
  const made = new Harness();
  await made.start();
  t.after(() => made.stop());
  return made;
}

function cron(spec: string, fields: Partial<PeriodicConfig> = {}): PeriodicConfig {
  return make(PeriodicConfig, {
    Enabled: true,
    Specs: [spec],
    SpecType: 'cron',
    TimeZone: 'UTC',
    ...fields,
  });
}

describe('periodic dispatcher', () => {
  test('launches a child each time the job is due', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('*/10 * * * *') });
    assert.equal(h.next(), '00:10:00');
    await h.clock.advance(9 * minute);
    assert.deepEqual(h.launches(), []);
    await h.clock.advance(minute);
    assert.deepEqual(h.launches(), ['00:10:00']);
    await h.clock.advance(25 * minute);
    assert.deepEqual(h.launches(), ['00:10:00', '00:20:00', '00:30:00']);
    assert.equal(h.next(), '00:40:00');
  });

  test('a child is a job of its own with an evaluation, and counts for its parent', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly'), Priority: 70 });
    await h.clock.advance(hour);
    const id = `backup/periodic-${(start + hour) / 1000}`;
    const child = h.snapshot.job('default', id);
    assert.ok(child);
    assert.deepEqual(
      [child.ParentID, child.Name, child.Periodic, child.Status, child.Version],
      ['backup', id, null, 'pending', 0],
    );
    const [evaluation, ...others] = h.snapshot.evalsByJob('default', id);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [evaluation?.TriggeredBy, evaluation?.Status, evaluation?.Type, evaluation?.Priority],
      ['periodic-job', 'pending', 'batch', 70],
    );
    assert.equal(evaluation?.JobModifyIndex, child.JobModifyIndex);
    assert.equal(h.snapshot.job('default', 'backup')?.Status, 'running');
    const children = (): unknown => h.snapshot.jobSummary('default', 'backup')?.Children;
    assert.deepEqual(children(), { Pending: 1, Running: 0, Dead: 0 });
    await h.end(id);
    assert.equal(h.snapshot.job('default', id)?.Status, 'dead');
    assert.deepEqual(children(), { Pending: 0, Running: 0, Dead: 1 });
    assert.deepEqual(h.snapshot.evalsByJob('default', 'backup'), [], 'the parent has none');
  });

  test('several jobs, several expressions and seconds keep their own times', async (t) => {
    const h = await harness(t);
    await h.register({ ID: 'a', Periodic: cron('', { Specs: ['0,30 * * * *', '45 * * * *'] }) });
    await h.register({ ID: 'b', Periodic: cron('15 20 * * * * *') });
    await h.register({ ID: 'c', Periodic: cron('0 9 * * *', { TimeZone: 'Asia/Tokyo' }) });
    await h.clock.advance(24 * hour);
    assert.equal(h.launches('a').length, 72);
    assert.deepEqual(h.launches('a').slice(0, 3), ['00:30:00', '00:45:00', '01:00:00']);
    assert.equal(h.launches('b').length, 24);
    assert.equal(h.launches('b')[0], '00:20:15');
    assert.deepEqual(h.launches('c'), ['00:00:00']);
  });

  test('skips what is due while a child lives, when overlap is prohibited', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly', { ProhibitOverlap: true }) });
    await h.clock.advance(3 * hour + minute);
    assert.deepEqual(h.launches(), ['01:00:00']);
    assert.equal(
      h.logged.filter((line) => line === 'periodic launch skipped: an earlier one still runs').length,
      2,
    );
    await h.end(`backup/periodic-${(start + hour) / 1000}`);
    await h.clock.advance(30 * minute);
    assert.deepEqual(h.launches(), ['01:00:00'], 'a skipped launch is not made up for');
    await h.clock.advance(30 * minute);
    assert.deepEqual(h.launches(), ['01:00:00', '04:00:00']);
  });

  test('a skipped launch is not made up for by a restart either', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly', { ProhibitOverlap: true }) });
    await h.clock.advance(2 * hour + minute);
    await h.awayFor(10 * minute, () => h.end(`backup/periodic-${(start + hour) / 1000}`));
    assert.deepEqual(h.launches(), ['01:00:00']);
    assert.equal(h.next(), '03:00:00');
  });

  test('overlapping launches run side by side otherwise', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly') });
    await h.clock.advance(3 * hour);
    assert.equal(h.launches().length, 3);
  });

  test('a launch that fell into a restart is caught up once, under the time it was due at', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly') });
    await h.clock.advance(hour + 30 * minute);
    await h.awayFor(hour);
    assert.deepEqual(h.launches(), ['01:00:00', '02:00:00']);
    assert.equal(h.next(), '03:00:00');
  });

  test('of many launches that fell into a restart one is caught up, and a second restart adds none', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly') });
    await h.clock.advance(hour);
    await h.awayFor(5 * hour + 20 * minute);
    assert.deepEqual(h.launches(), ['01:00:00', '06:20:00']);
    await h.awayFor(minute);
    assert.deepEqual(h.launches(), ['01:00:00', '06:20:00']);
    await h.clock.advance(hour);
    assert.deepEqual(h.launches(), ['01:00:00', '06:20:00', '07:00:00']);
  });

  test('a job registered while nobody led catches up from its registration on', async (t) => {
    const h = await harness(t);
    await h.awayFor(2 * hour + 20 * minute, () => h.register({ Periodic: cron('*/30 * * * *') }));
    assert.deepEqual(h.launches(), ['02:20:00']);
  });

  test('stopping, disabling, purging and a change to no cron end the launches', async (t) => {
    for (const way of ['stop', 'disable', 'purge'] as const) {
      const h = await harness(t);
      await h.register({ Periodic: cron('@hourly') });
      await h.clock.advance(hour);
      const of = { namespace: 'default', jobId: 'backup' };
      if (way === 'stop') await h.writes.write('stop', (tx) => void stopJob(tx, { ...of, nowNs: 1 }));
      if (way === 'disable') await h.register({ Periodic: cron('@hourly', { Enabled: false }) });
      if (way === 'purge') await h.writes.write('purge', (tx) => deleteJob(tx, of));
      assert.deepEqual([h.dispatcher.active, h.next()], [0, undefined], way);
      await h.clock.advance(3 * hour);
      assert.deepEqual(h.launches(), ['01:00:00'], way);
    }
  });

  test('a job that was stopped and is run again has nothing to catch up', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly') });
    await h.clock.advance(hour);
    await h.writes.write('stop', (tx) => {
      stopJob(tx, { namespace: 'default', jobId: 'backup', nowNs: h.clock.nowMs() * 1e6 });
    });
    await h.clock.advance(5 * hour + 10 * minute);
    await h.register({ Periodic: cron('@hourly') });
    assert.equal(h.next(), '07:00:00');
    await h.awayFor(minute);
    assert.deepEqual(h.launches(), ['01:00:00']);
  });

  test('a new schedule replaces the old one at once', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@daily') });
    assert.equal(h.next(), '00:00:00');
    await h.clock.advance(2 * hour + 10 * minute);
    await h.register({ Periodic: cron('*/20 * * * *') });
    assert.equal(h.next(), '02:20:00');
    await h.clock.advance(10 * minute);
    assert.deepEqual(h.launches(), ['02:20:00']);
  });

  test('a job that is due for the last time is let go', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('30 0 1 1 * 2026') });
    assert.equal(h.dispatcher.active, 1);
    await h.clock.advance(hour);
    assert.deepEqual([h.launches(), h.dispatcher.active], [['00:30:00'], 0]);
  });

  test('a launch that could not be written is tried again', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly') });
    await h.clock.advance(hour - second);
    h.engine.hold();
    await h.clock.advance(2 * second);
    h.engine.release(new Error('disk full'));
    await h.clock.advance(0);
    assert.deepEqual(h.launches(), []);
    assert.ok(h.logged.includes('periodic job could not be launched'));
    await h.clock.advance(2 * second);
    assert.deepEqual(h.launches(), ['01:00:00']);
    await h.clock.advance(hour);
    assert.deepEqual(h.launches(), ['01:00:00', '02:00:00']);
  });

  test('a slow write launches once', async (t) => {
    const h = await harness(t);
    await h.register({ Periodic: cron('@hourly') });
    await h.clock.advance(hour - second);
    h.engine.hold();
    await h.clock.advance(5 * minute);
    h.engine.release();
    await h.clock.advance(0);
    assert.deepEqual(h.launches(), ['01:00:00']);
    assert.equal(h.snapshot.evalsByJob('default', `backup/periodic-${(start + hour) / 1000}`).length, 1);
  });

  test('a schedule this machine can not read is reported and harms no other', async (t) => {
    const h = await harness(t);
    await h.register({ ID: 'odd', Periodic: cron('@hourly', { TimeZone: 'Mars/Olympus' }) });
    await h.register({ ID: 'sane', Periodic: cron('@hourly') });
    assert.ok(h.logged.includes('periodic job can not be scheduled'));
    await h.clock.advance(hour);
    assert.deepEqual([h.launches('odd'), h.launches('sane')], [[], ['01:00:00']]);
  });

  test('many that are due at once leave room for other writes, and all are launched', async (t) => {
    const h = await harness(t);
    const ids = Array.from({ length: 600 }, (_, i) => `job-${i}`);
    await Promise.all(ids.map((ID) => h.register({ ID, Periodic: cron('@hourly') })));
    await h.clock.advance(hour - second);
    h.engine.hold();
    await h.clock.advance(2 * second);
    assert.equal(h.writes.depth, 256);
    h.engine.release();
    await h.clock.advance(second);
    for (const id of ids) assert.deepEqual(h.launches(id), ['01:00:00'], id);
  });

  test('thousands of updates of a job leave no trail', async (t) => {
    const h = await harness(t);
    for (let i = 0; i < 2_500; i++) {
      await h.register({ Periodic: cron(i % 2 === 0 ? '@daily' : '@weekly') });
    }
    assert.equal(h.dispatcher.active, 1);
    await h.clock.advance(7 * 24 * hour);
    assert.equal(h.launches().length, 1);
  });

  test('nothing is armed without periodic jobs', async (t) => {
    const h = await harness(t);
    const before = h.clock.pendingTimers;
    await h.register({ ID: 'plain', Periodic: null });
    assert.equal(h.clock.pendingTimers, before);
    await h.register({ Periodic: cron('@daily') });
    assert.equal(h.clock.pendingTimers, before + 1);
    await h.writes.write('purge', (tx) => deleteJob(tx, { namespace: 'default', jobId: 'backup' }));
    assert.equal(h.clock.pendingTimers, before);
  });
});
