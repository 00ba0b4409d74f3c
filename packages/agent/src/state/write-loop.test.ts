// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Evaluation } from '@serai/api';
import fc from 'fast-check';
import { AppError, nullLogger, nullMetrics } from '#base';
import { GatedEngine, mockEval, mockJob, VirtualClock } from '#testing';
import { upsertJob } from './operations/job/job.ts';
import { StateStore } from './store.ts';
import type { Tx } from './tx.ts';
import { WriteLoop, type WriteLoopOptions } from './write-loop.ts';

interface Harness {
  readonly engine: GatedEngine;
  readonly store: StateStore;
  readonly loop: WriteLoop;
  readonly stepsDown: () => number;
}

async function harness(
  options: WriteLoopOptions = {},
  limits = { maxChanges: 1000, maxBytes: 1e6 },
): Promise<Harness> {
  const engine = new GatedEngine(limits);
  const clock = new VirtualClock();
  const store = new StateStore({ freezeRows: true }, { clock });
  let fenced = 0;
  const loop = new WriteLoop(options, {
    engine,
    store,
    clock,
    log: nullLogger,
    metrics: nullMetrics,
    onFenced: () => {
      fenced += 1;
    },
  });
  await store.load(await engine.open());
  await loop.start();
  return { engine, store, loop, stepsDown: () => fenced };
}

const putEval =
  (id: string, fields: Partial<Evaluation> = {}) =>
  (tx: Tx): number => {
    tx.put('evals', mockEval({ ID: id, ModifyIndex: tx.index, ...fields }));
    return tx.index;
  };

const flush = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

describe('write loop', () => {
  test('a write resolves with its index and result once it is committed', async () => {
    const { store, loop, engine } = await harness();
    const { index, result } = await loop.write('put', putEval('a'));
    assert.deepEqual([index, result, store.index, engine.commits], [1, 1, 1, 1]);
    assert.equal(store.snapshot().evaluation('a')?.ModifyIndex, 1);
  });

  test('nothing is visible before the commit', async () => {
    const { store, loop, engine } = await harness();
    engine.hold();
    let done = false;
    const writing = loop.write('put', putEval('a')).then(() => {
      done = true;
    });
    await flush();
    assert.deepEqual([done, store.index, store.snapshot().evaluation('a')], [false, 0, undefined]);
    engine.release();
    await writing;
    assert.equal(store.index, 1);
  });

  test('a commit tells what each operation of the batch did, and keeps those out that wrote nothing', async () => {
    const { store, loop } = await harness();
    const seen: string[] = [];
    store.onCommit(({ operations }) => {
      for (const { name, changes } of operations)
        for (const { before, after } of changes.values())
          seen.push(
            `${name}: ${before && 'Priority' in before ? before.Priority : '-'} → ${after && 'Priority' in after ? after.Priority : '-'}`,
          );
    });
    await Promise.all([
      loop.write('first', putEval('a', { Priority: 1 })),
      loop.write('nothing', () => {}),
      loop
        .write('throws', (tx) => {
          putEval('a', { Priority: 9 })(tx);
          throw new AppError('invalid', 'by itself');
        })
        .catch(() => {}),
      loop.write('second', putEval('a', { Priority: 2 })),
    ]);
    assert.deepEqual([seen, store.index], [['first: - → 1', 'second: 1 → 2'], 1]);
  });

  test('writes of one turn share a batch and its index', async () => {
    const { loop, engine } = await harness();
    const results = await Promise.all(['a', 'b', 'c'].map((id) => loop.write('put', putEval(id))));
    assert.deepEqual(
      results.map(({ index }) => index),
      [1, 1, 1],
    );
    assert.equal(engine.commits, 1);
  });

  test('what comes during a commit goes into the next one', async () => {
    const { loop, engine, store } = await harness();
    engine.hold();
    const first = loop.write('put', putEval('a'));
    await flush();
    const others = ['b', 'c', 'd'].map((id) => loop.write('put', putEval(id)));
    await flush();
    engine.release();
    assert.equal((await first).index, 1);
    assert.deepEqual(
      (await Promise.all(others)).map(({ index }) => index),
      [2, 2, 2],
    );
    assert.deepEqual([engine.commits, store.index], [2, 2]);
  });

  test('an operation sees what earlier ones wrote, also those still being committed', async () => {
    const { loop, engine } = await harness();
    const increment = (tx: Tx): number => {
      const priority = (tx.evaluation('n')?.Priority ?? 0) + 1;
      tx.put('evals', mockEval({ ID: 'n', Priority: priority }));
      return priority;
    };
    engine.hold();
    const first = loop.write('n', increment);
    await flush();
    const second = loop.write('n', increment);
    const third = loop.write('n', increment);
    await flush();
    engine.release();
    assert.deepEqual([(await first).result, (await second).result, (await third).result], [1, 2, 3]);
  });

  test('an operation that throws rejects alone and leaves no trace', async () => {
    const { loop, store } = await harness();
    const good = loop.write('good', putEval('a'));
    const bad = loop.write('bad', (tx) => {
      tx.put('evals', mockEval({ ID: 'b' }));
      tx.delete('evals', 'a');
      throw new AppError('conflict', 'not like this');
    });
    const after = loop.write('after', putEval('c'));
    await assert.rejects(bad, { code: 'conflict', message: 'not like this' });
    assert.deepEqual([(await good).index, (await after).index], [1, 1]);
    assert.ok(store.snapshot().evaluation('a'));
    assert.equal(store.snapshot().evaluation('b'), undefined);
  });

  test('a bug in an operation reaches the caller as internal', async () => {
    const { loop } = await harness();
    await assert.rejects(
      loop.write('bug', () => {
        throw new TypeError('x is undefined');
      }),
      { code: 'internal' },
    );
  });

  test('an operation that writes nothing commits nothing', async () => {
    const { loop, engine, store } = await harness();
    await loop.write('put', putEval('a'));
    const { index, result } = await loop.write('look', (tx) => tx.evaluation('a')?.ID);
    assert.deepEqual([index, result, engine.commits, store.index], [1, 'a', 1, 1]);
  });

  test('a failed commit rejects its writes, changes nothing and lets the next ones run again on what is there', async () => {
    const { loop, engine, store } = await harness();
    await loop.write('put', putEval('base'));
    engine.hold();
    const failing = loop.write('put', putEval('a'));
    await flush();
    let runs = 0;
    const next = loop.write('next', (tx) => {
      runs += 1;
      const seen = tx.evaluation('a') !== undefined;
      tx.put('evals', mockEval({ ID: 'b' }));
      return seen;
    });
    await flush();
    engine.release(new AppError('unavailable', 'the disk is full'));
    await assert.rejects(failing, /the disk is full/);
    assert.deepEqual(await next, { index: 2, result: false });
    assert.equal(runs, 2);
    assert.equal(store.snapshot().evaluation('a'), undefined);
    assert.equal(store.index, 2);
  });

  test('an operation that failed on top of a commit that failed runs again', async () => {
    const { loop, engine } = await harness();
    engine.hold();
    const first = loop.write('put', putEval('a'));
    await flush();
    const second = loop.write('only once', (tx) => {
      if (tx.evaluation('a')) throw new AppError('conflict', 'exists');
      tx.put('evals', mockEval({ ID: 'a' }));
    });
    await flush();
    engine.release(new AppError('unavailable', 'no'));
    await assert.rejects(first);
    assert.equal((await second).index, 1);
  });

  test('when another server has written, everything is refused and the server steps down', async () => {
    const { loop, engine, store, stepsDown } = await harness();
    await loop.write('put', putEval('a'));
    engine.takeOver();
    const writes = ['b', 'c'].map((id) => loop.write('put', putEval(id)));
    for (const write of writes) await assert.rejects(write, { code: 'unavailable' });
    await assert.rejects(loop.write('put', putEval('d')), { code: 'unavailable' });
    assert.deepEqual([store.index, stepsDown(), loop.depth], [1, 1, 0]);
  });

  test('more waiting writes than allowed are refused with a limit', async () => {
    const { loop, engine } = await harness({ maxQueued: 3 });
    engine.hold();
    const accepted = [loop.write('put', putEval('first'))];
    await flush();
    for (let i = 0; i < 3; i++) accepted.push(loop.write('put', putEval(`w${i}`)));
    await assert.rejects(loop.write('put', putEval('over')), (error: AppError) => {
      assert.equal(error.code, 'limit');
      assert.match(error.message, /too many writes are waiting \(3\)/);
      return true;
    });
    engine.release();
    await Promise.all(accepted);
    await loop.write('put', putEval('later'));
  });

  test('a batch is closed at its target, and no batch passes the engine limits', async () => {
    const { loop, engine } = await harness({ targetChanges: 5 }, { maxChanges: 8, maxBytes: 1e6 });
    const three = (name: string) => (tx: Tx) => {
      for (let i = 0; i < 3; i++) tx.put('evals', mockEval({ ID: `${name}${i}` }));
    };
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((name) => loop.write('three', three(name))));
    assert.deepEqual(
      results.map(({ index }) => index),
      [1, 1, 2, 2],
    );
    assert.ok(engine.sizes.every((size) => size <= 8));
  });

  test('a batch is closed before it gets too many bytes', async () => {
    const { loop, engine } = await harness({}, { maxChanges: 100, maxBytes: 20_000 });
    const large = (id: string) => putEval(id, { StatusDescription: 'x'.repeat(8_000) });
    const results = await Promise.all(['a', 'b', 'c'].map((id) => loop.write('large', large(id))));
    assert.deepEqual(
      results.map(({ index }) => index),
      [1, 1, 2],
    );
    assert.equal(engine.commits, 2);
  });

  test('an operation larger than a batch is refused by itself', async () => {
    const { loop, store } = await harness({}, { maxChanges: 10, maxBytes: 1e6 });
    const small = loop.write('small', putEval('a'));
    const large = loop.write('large', (tx) => {
      for (let i = 0; i < 10; i++) tx.put('evals', mockEval({ ID: `l${i}` }));
    });
    await assert.rejects(large, (error: AppError) => {
      assert.equal(error.code, 'limit');
      assert.match(error.message, /operation "large" writes 10 rows .* split it/);
      return true;
    });
    assert.equal((await small).index, 1);
    assert.equal(store.snapshot().count('evals'), 1);
  });

  test('two registrations of one job get an index each, so that check-and-set tells them apart', async () => {
    const { loop } = await harness();
    const job = mockJob({ ID: 'web' });
    await loop.write('first', (tx) => upsertJob(tx, { job }));
    const [a, b] = await Promise.all([
      loop.write('a', (tx) => upsertJob(tx, { job, enforceIndex: 1 })),
      loop.write('b', (tx) => upsertJob(tx, { job })),
    ]);
    assert.deepEqual([a.result.JobModifyIndex, a.index, b.result.JobModifyIndex, b.index], [2, 2, 3, 3]);
    await assert.rejects(
      loop.write('c', (tx) => upsertJob(tx, { job, enforceIndex: 2 })),
      /Enforcing job modify index 2: job exists with conflicting job modify index: 3/,
    );
  });

  test('an operation that defers for ever is an error, not a hang', async () => {
    const { loop } = await harness();
    await assert.rejects(
      loop.write('always', (tx) => tx.defer()),
      { code: 'internal' },
    );
  });

  test('stop waits for what was accepted and refuses the rest', async () => {
    const { loop, engine, store } = await harness();
    engine.hold();
    const writes = [loop.write('put', putEval('a'))];
    await flush();
    writes.push(loop.write('put', putEval('b')));
    const stopping = loop.stop();
    await assert.rejects(loop.write('put', putEval('c')), { code: 'unavailable' });
    engine.release();
    await stopping;
    await Promise.all(writes);
    assert.equal(store.index, 2);
    await loop.stop();
  });

  test('nothing is committed while paused, and writes that came go on afterwards', async () => {
    const { loop, engine, store } = await harness();
    engine.hold();
    const first = loop.write('put', putEval('a'));
    await flush();
    const work = Promise.withResolvers<void>();
    let during = -1;
    const pausing = loop.pauseWhile(async () => {
      during = store.index;
      await work.promise;
    });
    const later = loop.write('put', putEval('b'));
    engine.release();
    await first;
    await flush();
    assert.deepEqual([during, store.index, engine.commits], [1, 1, 1]);
    work.resolve();
    await pausing;
    assert.equal((await later).index, 2);
  });

  test('the loop goes on after paused work that failed', async () => {
    const { loop } = await harness();
    await assert.rejects(
      loop.pauseWhile(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal((await loop.write('put', putEval('a'))).index, 1);
  });

  test('a stopped loop can be started again', async () => {
    const { loop } = await harness();
    await loop.stop();
    await assert.rejects(loop.write('put', putEval('a')), { code: 'unavailable' });
    await loop.start();
    assert.equal((await loop.write('put', putEval('a'))).index, 1);
  });
});

describe('write loop, any sequence', () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        id: fc.constantFrom('a', 'b', 'c'),
        fails: fc.integer({ min: 0, max: 5 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), fail: fc.boolean() }) },
  );

  test('is one write after another: sums are exact, the index is dense, the engine holds what the tables hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const { loop, engine, store } = await harness({ targetChanges: 2 });
        const sums = new Map<string, number>();
        const seenIndexes: number[] = [];
        store.onCommit(({ index }) => seenIndexes.push(index));
        const writes: Promise<void>[] = [];
        for (const each of steps) {
          if (each.kind === 'turn') await flush();
          else if (each.kind === 'hold') engine.hold();
          else if (each.kind === 'release') {
            engine.release(each.fail ? new AppError('unavailable', 'failed') : undefined);
          } else {
            const { id, fails } = each;
            const writing = loop.write('add', (tx) => {
              const priority = (tx.evaluation(id)?.Priority ?? 0) + 1;
              tx.put('evals', mockEval({ ID: id, Priority: priority, ModifyIndex: tx.index }));
              if (fails === 0) throw new AppError('invalid', 'by itself');
            });
            writes.push(
              writing.then(
                () => void sums.set(id, (sums.get(id) ?? 0) + 1),
                () => {},
              ),
            );
          }
        }
        engine.release();
        await loop.stop();
        await Promise.all(writes);
        for (const [id, sum] of sums) assert.equal(store.snapshot().evaluation(id)?.Priority, sum);
        assert.equal(store.snapshot().count('evals'), sums.size);
        assert.deepEqual(
          seenIndexes,
          Array.from({ length: store.index }, (_, i) => i + 1),
        );
        const again = new StateStore({}, { clock: new VirtualClock() });
        await again.load(await engine.open());
        assert.deepEqual(again.snapshot().tables, store.snapshot().tables);
        assert.deepEqual(again.snapshot().tableIndexes, store.snapshot().tableIndexes);
        assert.equal(again.index, store.index);
      }),
      { numRuns: 60 },
    );
  });
});
