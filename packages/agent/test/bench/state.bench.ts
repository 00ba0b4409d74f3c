// SPDX-License-Identifier: MPL-2.0
// The tables with many allocations: loading, memory, reads, writes. SERAI_BENCH_ALLOCS sets how many (default 200,000).
// One million, 2026-11-22, 2 shared cores, Node 24.21: see docs/adr/0005-state-tables.md.

import type { Allocation } from '@serai/api';
import { seededRandom, systemClock } from '#base';
import { StateStore, Tx } from '#state';
import { mockAlloc, mockJob } from '#testing';

const count = Number(process.env['SERAI_BENCH_ALLOCS'] ?? 200_000);
const jobs = 100;
const nodes = 10_000;
const allocsPerEval = 50;
const random = seededRandom(1);
const nodeId = (i: number): string => `node-${String(i % nodes).padStart(31, '0')}`;

/** As an engine stores them: text that is parsed again. */
async function* rows(): AsyncGenerator<{ key: string; value: Uint8Array }> {
  const pad = (n: number): string => String(n).padStart(16, '0');
  for (let i = 0; i < jobs; i++) {
    const job = mockJob({ ID: `job-${i}` });
    const key = `jobVersions/default\0${job.ID}\0${pad(job.CreateIndex)}\0${pad(0)}`;
    yield { key, value: Buffer.from(JSON.stringify({ Job: job, Stable: false })) };
  }
  const base = mockAlloc({ ClientStatus: 'running', TaskStates: { web: taskState } });
  for (let i = 0; i < count; i++) {
    const alloc = {
      ...base,
      ID: random.uuid(),
      JobID: `job-${i % jobs}`,
      Name: `job-${i % jobs}.web[${i}]`,
      NodeID: nodeId(i),
      EvalID: `eval-${String(Math.floor(i / allocsPerEval)).padStart(31, '0')}`,
      CreateIndex: 100 + Math.floor(i / allocsPerEval),
      Job: { CreateIndex: 42, Version: 0 },
    };
    yield { key: `allocs/${alloc.ID}`, value: Buffer.from(JSON.stringify(alloc)) };
  }
}

const zero = '0001-01-01T00:00:00Z';
const taskState = {
  State: 'running',
  Failed: false,
  Restarts: 0,
  LastRestart: zero,
  StartedAt: '2026-01-01T00:00:00Z',
  FinishedAt: zero,
  Events: null,
  TaskHandle: null,
};

function timed(work: () => void): number {
  const startMs = systemClock.monotonicMs();
  work();
  return systemClock.monotonicMs() - startMs;
}

function report(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(44)} ${value.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`);
}

function write(store: StateStore, allocs: readonly Allocation[]): void {
  const { index, tables, tableIndexes } = store.snapshot();
  const tx = new Tx({ index: index + 1, tables, tableIndexes, freezeRows: false });
  for (const alloc of allocs) tx.put('allocs', { ...alloc, ClientStatus: 'complete' });
  const { changes } = tx;
  const operations = [{ name: 'bench', changes }];
  store.apply({ index: tx.index, tables: tx.tables, tableIndexes, changes, operations });
}

const store = new StateStore({}, { clock: systemClock });
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const startMs = systemClock.monotonicMs();
await store.load({ index: 1_000_000, rows: rows() });
report(
  `load ${count.toLocaleString('en')} allocations`,
  (systemClock.monotonicMs() - startMs) / 1000,
  's (half of it making the rows)',
);
globalThis.gc?.();
const used = process.memoryUsage().heapUsed - before;
report('heap', used / 1e6, 'MB');
report('heap per allocation', used / count, 'bytes');

const snapshot = store.snapshot();
const ids = [...snapshot.allocsByCreation()].map(({ ID }) => ID);
const some = (n: number): Allocation[] =>
  Array.from({ length: n }, () => snapshot.alloc(ids[random.int(ids.length)] ?? '')).filter(
    (alloc) => alloc !== undefined,
  );
const reads = 200_000;
report('alloc by id', (reads * 1000) / timed(() => void some(reads)), '/s');
const byNode = (): void => {
  for (let i = 0; i < nodes; i++) snapshot.allocsByNode(nodeId(i));
};
report(`allocations of ${nodes.toLocaleString('en')} nodes, first time`, timed(byNode), 'ms');
report(`allocations of ${nodes.toLocaleString('en')} nodes, again`, timed(byNode), 'ms');
report(
  'allocations of one job, first time',
  timed(() => void snapshot.allocsByJob('default', 'job-3')),
  'ms',
);
const snapshots = 1_000_000;
report(
  'snapshots',
  (snapshots * 1000) /
    timed(() => {
      for (let i = 0; i < snapshots; i++) store.snapshot();
    }),
  '/s',
);
const thousand = some(1000);
const rounds = 20;
report(
  '1,000 allocations changed in one write',
  timed(() => {
    for (let i = 0; i < rounds; i++) write(store, thousand);
  }) / rounds,
  'ms',
);
report(
  '1 allocation changed in one write',
  timed(() => {
    for (const alloc of thousand) write(store, [alloc]);
  }),
  'µs',
);
