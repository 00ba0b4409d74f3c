// SPDX-License-Identifier: MPL-2.0
// What every state engine must do. Each implementation calls `engineSuite` with its own fixture.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { Change, CommittedBatch, Engine } from '#engine';

export interface EngineFixture {
  /** A new empty engine, opened. Cleans up by `t.after`. */
  create(t: TestContext): Promise<Engine>;
  /** Closes the engine and opens its state again; undefined for an engine that forgets. */
  readonly reopen?: (engine: Engine, t: TestContext) => Promise<Engine>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const put = (key: string, text: string): Change => ({ key, value: bytes(text) });
const drop = (key: string): Change => ({ key, value: null });

async function rowsOf(engine: Engine): Promise<{ index: number; rows: Record<string, string> }> {
  const { index, rows } = await engine.open();
  const found: Record<string, string> = {};
  for await (const { key, value } of rows) {
    assert.ok(!Object.hasOwn(found, key), `row ${key} came twice`);
    found[key] = Buffer.from(value).toString('utf8');
  }
  return { index, rows: found };
}

/** Commits after the newest index. */
async function commit(engine: Engine, ...changes: Change[]): Promise<number> {
  const expect = await engine.committedIndex();
  assert.equal(await engine.commit({ expect, index: expect + 1, changes }), 'committed');
  return expect + 1;
}

async function contentOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function take(stream: AsyncIterable<CommittedBatch>, count: number): Promise<CommittedBatch[]> {
  const batches: CommittedBatch[] = [];
  for await (const batch of stream) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

export function engineSuite(name: string, fixture: EngineFixture): void {
  describe(`engine contract: ${name}`, () => {
    commits(fixture);
    streams(fixture);
    snapshots(fixture);
    if (fixture.reopen) durability(fixture, fixture.reopen);
  });
}

function commits(fixture: EngineFixture): void {
  test('a new engine is empty at index 0', async (t) => {
    const engine = await fixture.create(t);
    assert.deepEqual(await rowsOf(engine), { index: 0, rows: {} });
    assert.equal(await engine.committedIndex(), 0);
  });

  test('a commit writes, replaces and deletes rows and moves the index by one', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a/1', 'one'), put('a/2', 'two'));
    await commit(engine, put('a/1', 'eins'), drop('a/2'), put('b\0ä/€', 'three'));
    assert.deepEqual(await rowsOf(engine), { index: 2, rows: { 'a/1': 'eins', 'b\0ä/€': 'three' } });
    assert.equal(await engine.committedIndex(), 2);
  });

  test('a row may be empty and a missing row may be deleted', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('empty', ''), drop('never there'));
    assert.deepEqual(await rowsOf(engine), { index: 1, rows: { empty: '' } });
  });

  test('the last change of a key in a batch counts', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'), put('a', '2'), put('b', '1'), drop('b'));
    assert.deepEqual(await rowsOf(engine), { index: 1, rows: { a: '2' } });
  });

  test('a commit that expects another index is fenced and writes nothing', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'));
    for (const expect of [0, 2, 17]) {
      const outcome = await engine.commit({ expect, index: expect + 1, changes: [put('a', 'wrong')] });
      assert.equal(outcome, 'fenced');
    }
    assert.deepEqual(await rowsOf(engine), { index: 1, rows: { a: '1' } });
  });

  test('an index that does not follow the expected one is refused', async (t) => {
    const engine = await fixture.create(t);
    await assert.rejects(engine.commit({ expect: 0, index: 2, changes: [] }), { code: 'internal' });
    assert.equal(await engine.committedIndex(), 0);
  });

  test('a batch over the limits is refused and the engine goes on', async (t) => {
    const engine = await fixture.create(t);
    const tooMany = Array.from({ length: engine.limits.maxChanges + 1 }, (_, i) => put(`k${i}`, ''));
    await assert.rejects(engine.commit({ expect: 0, index: 1, changes: tooMany }), { code: 'limit' });
    const tooLarge = [{ key: 'k', value: Buffer.alloc(engine.limits.maxBytes + 1) }];
    await assert.rejects(engine.commit({ expect: 0, index: 1, changes: tooLarge }), { code: 'limit' });
    await commit(engine, put('a', '1'));
    assert.deepEqual(await rowsOf(engine), { index: 1, rows: { a: '1' } });
  });

  test('a batch at the limits is taken', async (t) => {
    const engine = await fixture.create(t);
    const many = Array.from({ length: engine.limits.maxChanges }, (_, i) => put(`k${i}`, 'x'));
    await commit(engine, ...many);
    assert.equal(Object.keys((await rowsOf(engine)).rows).length, many.length);
  });

  test('what open reads stays the same while commits go on', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'), put('b', '1'));
    const { index, rows } = await engine.open();
    await commit(engine, put('a', '2'), drop('b'), put('c', '1'));
    const seen: Record<string, string> = {};
    for await (const { key, value } of rows) seen[key] = Buffer.from(value).toString('utf8');
    assert.deepEqual({ index, seen }, { index: 1, seen: { a: '1', b: '1' } });
  });
}

function streams(fixture: EngineFixture): void {
  test('follow gives every batch after an index, in order, own commits included', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'));
    const following = take(engine.follow(0), 3);
    await commit(engine, put('a', '2'));
    await commit(engine, drop('a'), put('b', '3'));
    const batches = await following;
    assert.deepEqual(
      batches.map(({ index, changes }) => [
        index,
        changes.map(({ key, value }) => [key, value && Buffer.from(value).toString()]),
      ]),
      [
        [1, [['a', '1']]],
        [2, [['a', '2']]],
        [
          3,
          [
            ['a', null],
            ['b', '3'],
          ],
        ],
      ],
    );
    assert.deepEqual(
      (await take(engine.follow(2), 1)).map(({ index }) => index),
      [3],
    );
  });

  test('follow ends with its signal and with the engine', async (t) => {
    const engine = await fixture.create(t);
    const abort = new AbortController();
    const aborted = take(engine.follow(0, abort.signal), 1);
    const closed = take(engine.follow(0), 1);
    abort.abort();
    assert.deepEqual(await aborted, []);
    await engine.close();
    assert.deepEqual(await closed, []);
  });

  test('a candidate leads until its signal aborts', async (t) => {
    const engine = await fixture.create(t);
    const abort = new AbortController();
    const roles: string[] = [];
    for await (const role of engine.leadership('server-1', abort.signal)) {
      roles.push(role);
      if (role === 'leader') abort.abort();
    }
    assert.equal(roles.at(-1), 'leader');
  });

  test('a closed engine refuses work', async (t) => {
    const engine = await fixture.create(t);
    await engine.close();
    await assert.rejects(engine.commit({ expect: 0, index: 1, changes: [] }), { code: 'unavailable' });
    await engine.close();
  });
}

function snapshots(fixture: EngineFixture): void {
  test('a snapshot restores into another engine, with a larger index', async (t) => {
    const source = await fixture.create(t);
    await commit(source, put('a', '1'), put('b', '2'));
    await commit(source, drop('a'));
    const content = await contentOf(source.snapshot());
    const target = await fixture.create(t);
    for (let i = 0; i < 5; i++) await commit(target, put(`old${i}`, 'x'));
    const following = take(target.follow(5), 1);
    await target.restore(Readable.from([content]));
    assert.deepEqual(await rowsOf(target), { index: 6, rows: { b: '2' } });
    assert.deepEqual(await following, [{ index: 6, changes: [], reset: true }]);
    assert.equal(await target.commit({ expect: 5, index: 6, changes: [] }), 'fenced');
    await commit(target, put('c', '3'));
    assert.deepEqual(await rowsOf(target), { index: 7, rows: { b: '2', c: '3' } });
  });

  test('the index never falls: restoring a newer snapshot continues after it', async (t) => {
    const source = await fixture.create(t);
    for (let i = 0; i < 9; i++) await commit(source, put('a', String(i)));
    const content = await contentOf(source.snapshot());
    const target = await fixture.create(t);
    await target.restore(Readable.from([content]));
    assert.deepEqual(await rowsOf(target), { index: 10, rows: { a: '8' } });
  });

  test('a snapshot shows one index while commits go on', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'));
    const stream = engine.snapshot();
    await commit(engine, put('a', '2'));
    const { index, rows } = await engine.readSnapshot(Readable.from([await contentOf(stream)]));
    const values: string[] = [];
    for await (const { value } of rows) values.push(Buffer.from(value).toString());
    assert.deepEqual({ index, values }, { index: 1, values: ['1'] });
  });

  test('a snapshot may arrive in pieces of any size', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'.repeat(3000)), put('b', '2'));
    const content = await contentOf(engine.snapshot());
    const pieces = Array.from({ length: Math.ceil(content.length / 7) }, (_, i) =>
      content.subarray(i * 7, i * 7 + 7),
    );
    await engine.restore(Readable.from(pieces));
    assert.deepEqual((await rowsOf(engine)).rows, { a: '1'.repeat(3000), b: '2' });
  });

  test('a damaged snapshot is refused and nothing changes', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', 'value'), put('b', 'other'));
    const content = await contentOf(engine.snapshot());
    await fc.assert(
      fc.asyncProperty(
        fc.nat(content.length - 1),
        fc.constantFrom('flip', 'cut', 'append'),
        async (at, how) => {
          const damaged = how === 'cut' ? content.subarray(0, at) : Buffer.from(content);
          if (how === 'flip') damaged[at] = (damaged[at] ?? 0) ^ 0x10;
          const stream = Readable.from(how === 'append' ? [content, Buffer.from('more')] : [damaged]);
          await assert.rejects(engine.restore(stream), { code: 'invalid' });
          assert.equal(await engine.committedIndex(), 1);
        },
      ),
      { numRuns: 40 },
    );
    assert.deepEqual(await rowsOf(engine), { index: 1, rows: { a: 'value', b: 'other' } });
    await commit(engine, put('c', '1'));
  });

  test('a source that breaks off is an error, and nothing changes', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'));
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(4);
        throw new Error('connection lost');
      })(),
    );
    await assert.rejects(engine.restore(broken), /connection lost/);
    assert.deepEqual(await rowsOf(engine), { index: 1, rows: { a: '1' } });
  });

  test('rows are those of a plain map after any commits and restores', async (t) => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd/é'), fc.option(fc.string()))),
      },
      { weight: 1, arbitrary: fc.constant('restore' as const) },
      { weight: 1, arbitrary: fc.constant('reopen' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), async (steps) => {
        let engine = await fixture.create(t);
        const model = new Map<string, string>();
        let saved: { content: Buffer; model: Map<string, string> } | undefined;
        for (const current of steps) {
          if (current === 'reopen') {
            if (fixture.reopen) engine = await fixture.reopen(engine, t);
          } else if (current === 'restore') {
            if (saved) {
              await engine.restore(Readable.from([saved.content]));
              model.clear();
              for (const [key, text] of saved.model) model.set(key, text);
            }
            saved = { content: await contentOf(engine.snapshot()), model: new Map(model) };
          } else {
            await commit(
              engine,
              ...current.map(([key, text]) => (text === null ? drop(key) : put(key, text))),
            );
            for (const [key, text] of current) {
              if (text === null) model.delete(key);
              else model.set(key, text);
            }
          }
          assert.deepEqual(
            (await rowsOf(engine)).rows,
            Object.fromEntries([...model].map(([k, v]) => [k, Buffer.from(v).toString()])),
          );
        }
        await engine.close();
      }),
      { numRuns: 15 },
    );
  });
}

function durability(fixture: EngineFixture, reopen: NonNullable<EngineFixture['reopen']>): void {
  test('everything is there after close and open', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'), put('b', '1'));
    await commit(engine, put('a', '2'), drop('b'));
    const again = await reopen(engine, t);
    assert.deepEqual(await rowsOf(again), { index: 2, rows: { a: '2' } });
    await commit(again, put('c', '3'));
    const third = await reopen(again, t);
    assert.deepEqual(await rowsOf(third), { index: 3, rows: { a: '2', c: '3' } });
  });

  test('a restored state is there after close and open', async (t) => {
    const engine = await fixture.create(t);
    await commit(engine, put('a', '1'));
    const content = await contentOf(engine.snapshot());
    await commit(engine, put('a', '2'), put('b', '2'));
    await engine.restore(Readable.from([content]));
    await commit(engine, put('c', '1'));
    const again = await reopen(engine, t);
    assert.deepEqual(await rowsOf(again), { index: 4, rows: { a: '1', c: '1' } });
  });
}
