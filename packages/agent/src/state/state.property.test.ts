// SPDX-License-Identifier: MPL-2.0
// Random operations against what they must always leave behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Allocation, Deployment, type Job, make, type TaskGroupSummary, zeroTime } from '@serai/api';
import fc from 'fast-check';
import { deriveJobStatus, summaryCounter } from '#model';
import { mockAlloc, mockEvalOf, mockJob, mockNode, mockTaskGroup, TestState } from '#testing';
import { deleteAllocs, stopAllocs, updateAllocsFromClient } from './operations/alloc/alloc.ts';
import { deleteEvals, upsertEvals } from './operations/evaluation.ts';
import { deleteJob, stopJob, upsertJob } from './operations/job/job.ts';
import { reconcileSummaries } from './operations/job/job-summary.ts';
import { upsertNode } from './operations/node.ts';
import { upsertPlanResults } from './operations/plan.ts';
import type { StateSnapshot } from './store.ts';
import { encodeJson, encodeRow, storedKey, tableIndexesKey } from './tables/codec.ts';
import { definitionOf } from './tables/definitions.ts';
import { type TableName, tableNames } from './tables/rows.ts';
import type { Tree } from './tree.ts';

const jobIds = ['web', 'web-admin', 'db'] as const;
const groups = ['web', 'api'] as const;
const nodeIds = ['n1', 'n2', 'n3'] as const;
const statuses = ['pending', 'running', 'complete', 'failed', 'lost', 'unknown'] as const;

const jobId = fc.constantFrom(...jobIds);
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      jobId,
      priority: fc.integer({ min: 1, max: 99 }),
      system: fc.integer({ min: 0, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), jobId }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), jobId }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      jobId,
      group: fc.constantFrom(...groups),
      node: fc.constantFrom(...nodeIds),
      replaces: fc.option(fc.nat(40)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      at: fc.nat(40),
      status: fc.constantFrom(...statuses),
      healthy: fc.option(fc.boolean()),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('stopAlloc' as const), at: fc.nat(40), lost: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const), at: fc.nat(40) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('eval' as const),
      jobId,
      id: fc.constantFrom('e1', 'e2', 'e3'),
      status: fc.constantFrom('pending', 'blocked', 'complete', 'failed'),
      queued: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('collectEval' as const), id: fc.constantFrom('e1', 'e2', 'e3') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('node' as const), node: fc.constantFrom(...nodeIds) }),
  },
);
type Step = (typeof step extends fc.Arbitrary<infer T> ? T : never) & object;

/** Runs steps; remembers what summaries must still count after allocations were collected. */
class Run {
  readonly state = new TestState();
  readonly collected = new Map<string, number>();
  #next = 0;

  do(each: Step): void {
    switch (each.do) {
      case 'register':
        this.#register(each);
        return;
      case 'stop':
        if (this.#job(each.jobId))
          this.state.write((tx) => stopJob(tx, { namespace: 'default', jobId: each.jobId, nowNs: 1 }));
        return;
      case 'purge':
        if (this.#job(each.jobId))
          this.state.write((tx) => deleteJob(tx, { namespace: 'default', jobId: each.jobId }));
        return;
      case 'place':
        this.#place(each);
        return;
      case 'report':
        this.#report(each);
        return;
      case 'stopAlloc':
        this.#stop(each);
        return;
      case 'collect':
        this.#collect(each.at);
        return;
      case 'eval':
        this.#evaluate(each);
        return;
      case 'collectEval':
        this.state.write((tx) => deleteEvals(tx, [each.id]));
        return;
      case 'node':
        this.state.write((tx) =>
          upsertNode(tx, { node: mockNode({ ID: each.node, SecretID: each.node }), nowIso: zeroTime }),
        );
    }
  }

  #job(id: string): Job | undefined {
    return this.state.snapshot.job('default', id);
  }

  #alloc(at: number): Allocation | undefined {
    const all = [...this.state.snapshot.allocsByCreation()];
    return all[at % Math.max(1, all.length)];
  }

  #register({ jobId: ID, priority, system }: Extract<Step, { do: 'register' }>): void {
    const job = mockJob({
      ID,
      Priority: priority,
      Type: system === 0 ? 'system' : 'service',
      TaskGroups: groups.map((Name) => mockTaskGroup({ Name })),
    });
    this.state.write((tx) => upsertJob(tx, { job }));
  }

  #place({ jobId: id, group, node, replaces }: Extract<Step, { do: 'place' }>): void {
    const job = this.#job(id);
    if (!job) return;
    const deployment = make(Deployment, {
      ID: `d-${id}`,
      Namespace: 'default',
      JobID: id,
      Status: 'running',
      TaskGroups: { [group]: deploymentState },
    });
    this.#next += 1;
    const PreviousAllocation = replaces === null ? '' : (this.#alloc(replaces)?.ID ?? '');
    const alloc = mockAlloc({
      ID: `alloc-${String(this.#next).padStart(4, '0')}`,
      Job: job,
      TaskGroup: group,
      NodeID: node,
      PreviousAllocation,
      DeploymentID: deployment.ID,
      EvalID: 'e1',
    });
    const existing = this.state.snapshot.deployment(deployment.ID);
    this.#plan({ place: [alloc], deployment: existing ? null : deployment });
  }

  #plan(plan: { place?: Allocation[]; stop?: Allocation[]; deployment?: Deployment | null }): void {
    const { place = [], stop = [], deployment = null } = plan;
    this.state.write((tx) =>
      upsertPlanResults(tx, {
        result: {
          nodeAllocation: new Map([['n', place]]),
          nodeUpdate: new Map([['n', stop]]),
          nodePreemptions: new Map(),
          deployment,
          deploymentUpdates: [],
        },
        job: null,
        evalId: 'e1',
        nowNs: 1000,
      }),
    );
  }

  #report({ at, status, healthy }: Extract<Step, { do: 'report' }>): void {
    const alloc = this.#alloc(at);
    if (!alloc) return;
    const DeploymentStatus = {
      Healthy: healthy,
      Timestamp: '2026-01-01T00:00:00Z',
      Canary: false,
      ModifyIndex: 0,
    };
    const reported = { ...alloc, ClientStatus: status, DeploymentStatus };
    this.state.write((tx) => updateAllocsFromClient(tx, { allocs: [reported], nowNs: 5 }));
  }

  #stop({ at, lost }: Extract<Step, { do: 'stopAlloc' }>): void {
    const alloc = this.#alloc(at);
    if (!alloc) return;
    if (lost) this.#plan({ stop: [{ ...alloc, DesiredStatus: 'stop', ClientStatus: 'lost' }] });
    else this.state.write((tx) => stopAllocs(tx, { ids: [alloc.ID], description: 'test', nowNs: 6 }));
  }

  #collect(at: number): void {
    const alloc = this.#alloc(at);
    if (!alloc) return;
    const counter = summaryCounter(alloc);
    const key = `${alloc.JobID}/${alloc.Job?.CreateIndex}/${alloc.TaskGroup}/${counter}`;
    this.collected.set(key, (this.collected.get(key) ?? 0) + 1);
    this.state.write((tx) => deleteAllocs(tx, [alloc.ID]));
  }

  #evaluate({ jobId: id, id: evalId, status, queued }: Extract<Step, { do: 'eval' }>): void {
    const job = this.#job(id);
    // An evaluation belongs to one job for ever.
    if (!job || (this.state.snapshot.evaluation(evalId)?.JobID ?? id) !== id) return;
    this.state.write((tx) =>
      upsertEvals(tx, [mockEvalOf(job, { ID: evalId, Status: status, QueuedAllocations: { web: queued } })]),
    );
  }
}

const deploymentState = {
  AutoRevert: false,
  AutoPromote: false,
  ProgressDeadline: 0,
  RequireProgressBy: zeroTime,
  Promoted: false,
  PlacedCanaries: null,
  DesiredCanaries: 0,
  DesiredTotal: 1,
  PlacedAllocs: 0,
  HealthyAllocs: 0,
  UnhealthyAllocs: 0,
};

function assertIndexes(snapshot: StateSnapshot): void {
  for (const table of tableNames) {
    const { rows, indexes } = snapshot.tables[table] as {
      rows: Tree<unknown>;
      indexes: Record<string, Tree<Tree<unknown>>>;
    };
    const definition = definitionOf(table) as {
      key: (row: unknown) => string;
      indexes: Record<string, (row: unknown) => string | undefined>;
    };
    for (const [key, row] of rows.entries()) assert.equal(definition.key(row), key);
    for (const [index, valueIn] of Object.entries(definition.indexes)) {
      const expected = [...rows.entries()]
        .flatMap(([key, row]) => {
          const value = valueIn(row);
          return value === undefined ? [] : [`${value} ${key}`];
        })
        .sort();
      const found = [...(indexes[index]?.entries() ?? [])].flatMap(([value, bucket]) => {
        assert.ok(bucket.size > 0, 'no empty buckets');
        for (const [key, row] of bucket.entries())
          assert.equal(row === true ? rows.has(key) : row, row === true || rows.get(key));
        return [...bucket.keys()].map((key) => `${value} ${key}`);
      });
      assert.deepEqual(found.sort(), expected, `${table} by ${index}`);
    }
  }
}

function assertSummaries(run: Run): void {
  const { snapshot } = run.state;
  for (const job of snapshot.jobs()) {
    const summary = snapshot.jobSummary('default', job.ID);
    assert.ok(summary);
    const allocs = snapshot
      .allocsByJob('default', job.ID)
      .filter((alloc) => alloc.Job?.CreateIndex === job.CreateIndex);
    for (const group of groups) {
      for (const counter of ['Starting', 'Running', 'Complete', 'Failed', 'Lost', 'Unknown'] as const) {
        const live = allocs.filter(
          (alloc) => alloc.TaskGroup === group && summaryCounter(alloc) === counter,
        ).length;
        const gone = run.collected.get(`${job.ID}/${job.CreateIndex}/${group}/${counter}`) ?? 0;
        assert.equal(summary.Summary?.[group]?.[counter], live + gone, `${job.ID} ${group} ${counter}`);
      }
    }
  }
}

function assertJobs(snapshot: StateSnapshot): void {
  for (const job of snapshot.jobs()) {
    const allocs = snapshot.allocsByJob('default', job.ID);
    const evals = snapshot.evalsByJob('default', job.ID);
    const derived = deriveJobStatus(job, allocs, evals);
    // Without anything left it may be dead (all was collected) or pending (nothing came yet).
    if (allocs.length + evals.length > 0 || derived === 'running') assert.equal(job.Status, derived, job.ID);
    else assert.notEqual(job.Status, 'running', job.ID);
    const versions = snapshot.jobVersions('default', job.ID).map(({ Version }) => Version);
    assert.equal(versions[0], job.Version);
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => b - a),
    );
  }
  for (const alloc of snapshot.allocsByCreation()) {
    assert.ok(alloc.Job, 'every allocation has its job version');
    const rows = snapshot.jobVersionRows('default', alloc.JobID).map((row) => row.Job);
    assert.ok(rows.includes(alloc.Job), 'the job of an allocation is the stored version itself');
  }
}

/** The rows as an engine would hold them, in any order. */
async function* stored(
  snapshot: StateSnapshot,
  shuffle: boolean,
): AsyncGenerator<{ key: string; value: Uint8Array }> {
  const all: { key: string; value: Uint8Array }[] = [
    { key: tableIndexesKey, value: encodeJson(snapshot.tableIndexes) },
  ];
  for (const table of tableNames) {
    const rows = snapshot.tables[table].rows as Tree<never>;
    for (const [key, row] of rows.entries())
      all.push({ key: storedKey(table, key), value: encodeRow(table as TableName, row) });
  }
  yield* shuffle ? all.reverse() : all;
}

function content(snapshot: StateSnapshot): unknown {
  return tableNames.map((table) => [table, [...(snapshot.tables[table].rows as Tree<unknown>).entries()]]);
}

test('after any operations indexes, summaries, statuses and versions are right, and a restore equals', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), fc.boolean(), async (steps, shuffle) => {
      const run = new Run();
      for (const each of steps) {
        const { index } = run.state;
        run.do(each);
        assert.ok(run.state.index === index || run.state.index === index + 1, 'the index is dense');
      }
      const { snapshot } = run.state;
      assertIndexes(snapshot);
      assertSummaries(run);
      assertJobs(snapshot);
      const again = new TestState();
      await again.store.load({ index: snapshot.index, rows: stored(snapshot, shuffle) });
      assert.deepEqual(content(again.snapshot), content(snapshot));
      assert.deepEqual(again.snapshot.tableIndexes, snapshot.tableIndexes);
      assertIndexes(again.snapshot);
      assertJobs(again.snapshot);
    }),
    { numRuns: 80 },
  );
});

test('snapshots taken on the way stay as they were', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run();
      const kept: { snapshot: StateSnapshot; text: string }[] = [];
      for (const [i, each] of steps.entries()) {
        run.do(each);
        if (i % 7 === 0)
          kept.push({ snapshot: run.state.snapshot, text: JSON.stringify(content(run.state.snapshot)) });
      }
      for (const { snapshot, text } of kept) assert.equal(JSON.stringify(content(snapshot)), text);
    }),
    { numRuns: 30 },
  );
});

test('a follower that applies the stored batches has the same tables', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run();
      const follower = new TestState();
      run.state.store.onCommit(({ index, changes, snapshot }) => {
        const batch = changes.map(({ table, key, after }) => ({
          key: storedKey(table, key),
          value: after === undefined ? null : encodeRow(table, after as never),
        }));
        batch.push({ key: tableIndexesKey, value: encodeJson(snapshot.tableIndexes) });
        // In an order that puts allocations before the versions they refer to.
        follower.store.applyStored({ index, changes: batch.reverse() });
      });
      for (const each of steps) run.do(each);
      assert.equal(follower.index, run.state.index);
      assert.deepEqual(content(follower.snapshot), content(run.state.snapshot));
      assertIndexes(follower.snapshot);
    }),
    { numRuns: 40 },
  );
});

test('reconciling summaries makes them what is there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run();
      for (const each of steps) run.do(each);
      run.state.write(reconcileSummaries);
      run.collected.clear();
      assertSummaries(run);
      const queued = (summary: Readonly<Record<string, TaskGroupSummary>> | null | undefined): number[] =>
        Object.values(summary ?? {}).map(({ Queued }) => Queued);
      for (const job of run.state.snapshot.jobs()) {
        for (const count of queued(run.state.snapshot.jobSummary('default', job.ID)?.Summary))
          assert.ok(count >= 0);
      }
    }),
    { numRuns: 30 },
  );
});
