// SPDX-License-Identifier: MPL-2.0
// Durable writes: the write loop with 1, 10 and 100 writers, and the engine by itself with batches of 1, 10 and 100 rows,
// each beside a plain append + fdatasync of the same bytes in the same run. Medians over slices taken in turn.

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { nullLogger, nullMetrics, systemClock } from '#base';
import { EmbeddedEngine } from '#engine';
import { StateStore, WriteLoop } from '#state';
import { mockEval } from '#testing';

const sliceMs = 150;
const rounds = 12;
const rowBytes = 1024;

/** One unit of work; returns how many rows were written durably. */
type Work = () => Promise<number> | number;

async function ratesOf(works: Readonly<Record<string, Work>>): Promise<Map<string, number>> {
  const rates = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      const startMs = systemClock.monotonicMs();
      let done = 0;
      while (systemClock.monotonicMs() - startMs < sliceMs) done += await work();
      rates.get(name)?.push((done * 1000) / (systemClock.monotonicMs() - startMs));
    }
  }
  return new Map([...rates].map(([name, list]) => [name, median(list)]));
}

function median(list: number[]): number {
  return list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
}

const root = await mkdtemp(`${process.env['SERAI_BENCH_DIR'] ?? process.cwd()}/.bench-state-`);
const raw = openSync(`${root}/raw`, 'a');
const rawWork =
  (rows: number): Work =>
  () => {
    writeSync(raw, Buffer.alloc(rows * rowBytes, 'x'));
    fdatasyncSync(raw);
    return rows;
  };

async function engineWork(rows: number): Promise<{ work: Work; close: () => Promise<void> }> {
  const engine = new EmbeddedEngine({ directory: `${root}/engine-${rows}` }, { log: nullLogger });
  for await (const _row of (await engine.open()).rows);
  let index = 0;
  const value = Buffer.alloc(rowBytes, 'x');
  const work = async (): Promise<number> => {
    const changes = Array.from({ length: rows }, (_, i) => ({
      key: `row/${(index * rows + i) % 50_000}`,
      value,
    }));
    await engine.commit({ expect: index, index: index + 1, changes });
    index += 1;
    return rows;
  };
  return { work, close: () => engine.close() };
}

async function loopWork(writers: number): Promise<{ work: Work; close: () => Promise<void> }> {
  const engine = new EmbeddedEngine({ directory: `${root}/loop-${writers}` }, { log: nullLogger });
  const store = new StateStore({}, { clock: systemClock });
  const loop = new WriteLoop(
    {},
    { engine, store, clock: systemClock, log: nullLogger, metrics: nullMetrics },
  );
  await store.load(await engine.open());
  await loop.start();
  const filler = 'x'.repeat(300);
  let next = 0;
  // Each writer waits for its own write before the next one, as a request does.
  const writer = async (): Promise<number> => {
    for (let i = 0; i < 10; i++) {
      next += 1;
      const row = mockEval({ ID: String(next % 50_000), JobID: 'bench', StatusDescription: filler });
      await loop.write('bench', (tx) => tx.put('evals', row));
    }
    return 10;
  };
  const work = async (): Promise<number> => {
    const written = await Promise.all(Array.from({ length: writers }, writer));
    return written.reduce((sum, count) => sum + count, 0);
  };
  return {
    work,
    close: async () => {
      await loop.stop();
      await engine.close();
    },
  };
}

async function section(
  title: string,
  makeWork: typeof engineWork,
  rawRows: (n: number) => number,
): Promise<void> {
  console.log(title);
  for (const count of [1, 10, 100]) {
    const { work, close } = await makeWork(count);
    const rates = await ratesOf({ serai: work, raw: rawWork(rawRows(count)) });
    await close();
    const serai = rates.get('serai') ?? 0;
    const plain = rates.get('raw') ?? 0;
    const round = (rate: number): string => Math.round(rate).toLocaleString('en').padStart(9);
    console.log(
      `  ${String(count).padStart(4)} ${round(serai)} rows/s   raw ${round(plain)} rows/s   x${(serai / plain).toFixed(2)}`,
    );
  }
}

try {
  await section(
    'engine, rows per batch (raw: one append + fdatasync of the same rows)',
    engineWork,
    (n) => n,
  );
  await section('write loop, concurrent writers (raw: one append + fdatasync per row)', loopWork, () => 1);
} finally {
  closeSync(raw);
  await rm(root, { recursive: true, force: true });
}
