// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { computeNodeClass } from '#model';
import type { Outcome } from '#scheduler';
import { SchedulerHarness } from '#testing';
import { assertDistinct, assertFits, assertNames, assertPlan } from './invariants.ts';
import { type Happening, happening, type JobSpec, jobOf, jobSpec, nodeOf, nodeSpec } from './worlds.ts';

const cluster = fc.array(nodeSpec, { minLength: 1, maxLength: 10, size: 'max' });
const history = fc.array(happening, { minLength: 3, maxLength: 40, size: 'max' });
const threeJobs = fc.tuple(jobSpec, jobSpec, jobSpec);

function evaluate(harness: SchedulerHarness, id: string): Outcome | undefined {
  const job = harness.job('default', id);
  if (!job) return undefined;
  const before = new Map(harness.allocs.map((alloc) => [alloc.ID, alloc]));
  const outcome = harness.evaluate(job);
  for (const plan of outcome.plans.slice(0, 1)) assertPlan(plan, harness, before);
  return outcome;
}

test('a first placement never oversubscribes a node and keeps to the constraints', () => {
  fc.assert(
    fc.property(
      cluster,
      fc.array(jobSpec, { minLength: 1, maxLength: 4 }),
      fc.integer(),
      (nodes, jobs, seed) => {
        const harness = new SchedulerHarness(seed);
        harness.putNodes(...nodes.map(nodeOf));
        for (const [i, spec] of jobs.entries()) {
          harness.putJob(jobOf(spec, `job-${i}`));
          evaluate(harness, `job-${i}`);
          assertDistinct(harness, `job-${i}`);
          assertNames(harness, `job-${i}`);
        }
        for (const node of harness.nodes()) assertFits(node, harness.allocsByNode(node.ID));
      },
    ),
    { numRuns: 200 },
  );
});

test('what is not placed is counted and explained', () => {
  fc.assert(
    fc.property(cluster, jobSpec, (nodes, spec) => {
      const harness = new SchedulerHarness();
      harness.putNodes(...nodes.map(nodeOf));
      const outcome = evaluate(harness, harness.putJob(jobOf(spec, 'web')).ID);
      const queued = outcome?.evaluation.QueuedAllocations?.['web'] ?? 0;
      assert.equal(harness.allocs.length + queued, spec.count);
      const metric = outcome?.evaluation.FailedTGAllocs?.['web'];
      assert.equal(metric === undefined, queued === 0);
      if (!metric) return;
      assert.equal(metric.CoalescedFailures, queued - 1);
      assert.equal(metric.NodesEvaluated, metric.NodesFiltered + metric.NodesExhausted);
      assert.equal(outcome?.created[0]?.Status, 'blocked');
      assert.equal(outcome?.evaluation.BlockedEval, outcome?.created[0]?.ID);
    }),
    { numRuns: 200 },
  );
});

test('the count is reached when a plain job has room', () => {
  const roomy = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(roomy, fc.integer({ min: 0, max: 40 }), fc.integer(), (nodeCount, count, seed) => {
      const harness = new SchedulerHarness(seed);
      const spec = { dc: 'dc1', rack: 'r1', cpu: 4000, memory: 4096, disk: 10_000, ports: 1000 };
      for (let i = 0; i < nodeCount; i++)
        harness.putNodes(nodeOf({ ...spec, status: 'ready', eligible: true }, i));
      const job = jobOf({ ...plain, count, cpu: 500, memory: 100 }, 'web');
      harness.putJob(job);
      evaluate(harness, 'web');
      assert.equal(harness.allocs.length, Math.min(count, nodeCount * 8));
    }),
    { numRuns: 60 },
  );
});

const plain: JobSpec = {
  batch: false,
  count: 1,
  cpu: 100,
  cores: 0,
  memory: 20,
  disk: 10,
  dynamic: 1,
  fixed: undefined,
  datacenters: '*',
  constraint: 'none',
  spread: 'none',
  version: 1,
  parallel: 0,
  canary: 0,
};

test('the same seed gives the same plan, whatever the fleet remembers', () => {
  fc.assert(
    fc.property(cluster, jobSpec, fc.integer(), (nodes, spec, seed) => {
      const rows = nodes.map(nodeOf);
      const job = jobOf(spec, 'web');
      const run = (prepare: (harness: SchedulerHarness) => void): unknown => {
        const harness = new SchedulerHarness(seed);
        prepare(harness);
        harness.putNodes(...rows);
        const stored = harness.putJob(job);
        harness.index = 5000;
        const outcome = harness.evaluate(stored, { ID: 'eval' });
        return [...(outcome.plans[0]?.nodeAllocation.values() ?? [])]
          .flat()
          .map((alloc) => [alloc.ID, alloc.Name, alloc.NodeID, alloc.AllocatedResources?.Shared.Ports])
          .sort();
      };
      const fresh = run(() => {});
      assert.deepEqual(
        run(() => {}),
        fresh,
      );
      // a fleet that saw the nodes in another order, and others that are gone
      const used = run((harness) => {
        harness.putNodes(...[...rows].reverse());
        harness.putNodes({ ...nodeOf({ ...roomyNode }, 77), ID: 'gone' });
        harness.fleet.sync(harness);
        harness.removeNode('gone');
      });
      assert.deepEqual(used, fresh);
    }),
    { numRuns: 100 },
  );
});

const roomyNode = {
  dc: 'dc1',
  rack: 'r9',
  cpu: 4000,
  memory: 4096,
  disk: 10_000,
  ports: 1000,
  status: 'ready',
  eligible: true,
};

test('a second pass over the result changes nothing', () => {
  fc.assert(
    fc.property(cluster, fc.array(jobSpec, { minLength: 1, maxLength: 3 }), (nodes, jobs) => {
      const harness = new SchedulerHarness();
      harness.putNodes(...nodes.map(nodeOf));
      for (const [i, spec] of jobs.entries()) harness.putJob(jobOf(spec, `job-${i}`));
      for (const i of jobs.keys()) evaluate(harness, `job-${i}`);
      for (const i of jobs.keys()) {
        const again = evaluate(harness, `job-${i}`);
        assert.deepEqual(again?.plans, []);
      }
    }),
    { numRuns: 100 },
  );
});

test('whatever happens: plans hold, no node is oversubscribed, the jobs settle', () => {
  fc.assert(
    fc.property(cluster, threeJobs, history, fc.integer(), (nodes, jobs, happenings, seed) => {
      const harness = new SchedulerHarness(seed);
      harness.putNodes(...nodes.map(nodeOf));
      for (const [i, spec] of jobs.entries()) harness.putJob(jobOf({ ...spec, batch: i === 2 }, `job-${i}`));
      for (const item of happenings) {
        happen(harness, item, nodes.length);
        // sometimes several things happen before anyone looks
        if (harness.random.int(3) === 0) continue;
        for (const id of jobIds) evaluate(harness, id);
      }
      settle(harness);
      for (const id of jobIds) {
        const again = evaluate(harness, id);
        assert.deepEqual(again?.plans ?? [], [], `job ${id} does not settle`);
        assertCount(harness, id);
      }
    }),
    { numRuns: 400 },
  );
});

const jobIds = ['job-0', 'job-1', 'job-2'];

function happen(harness: SchedulerHarness, item: Happening, nodeCount: number): void {
  harness.nowNs += 1_000_000_000;
  switch (item.kind) {
    case 'job':
      // a job keeps its type for life
      harness.putJob(jobOf({ ...item.spec, batch: item.job === 2 }, jobIds[item.job] ?? ''));
      break;
    case 'stop': {
      const job = harness.job('default', jobIds[item.job] ?? '');
      if (job) harness.putJob({ ...job, Stop: true });
      break;
    }
    case 'node': {
      const node = harness.node(`node-${String(item.node % nodeCount).padStart(2, '0')}`);
      if (node) harness.putNodes({ ...node, Status: item.status, ComputedClass: computeNodeClass(node) });
      break;
    }
    case 'drain': {
      const id = `node-${String(item.node % nodeCount).padStart(2, '0')}`;
      harness.updateNode(id, { SchedulingEligibility: 'ineligible' });
      for (const alloc of harness.allocsByNode(id)) {
        if (alloc.DesiredStatus !== 'run') continue;
        harness.updateAlloc(alloc.ID, { DesiredTransition: { ...alloc.DesiredTransition, Migrate: true } });
      }
      break;
    }
    case 'client':
      client(harness, item);
      break;
    case 'health': {
      const alloc = harness.allocs.filter((a) => a.DeploymentID !== '' && a.DesiredStatus === 'run')[
        item.alloc
      ];
      if (alloc) harness.setHealth(alloc.ID, item.healthy);
      break;
    }
    case 'time':
      harness.nowNs += item.seconds * 1e9;
      break;
  }
}

function client(harness: SchedulerHarness, item: Extract<Happening, { kind: 'client' }>): void {
  const alloc = harness.allocs[item.alloc];
  if (!alloc || ['complete', 'failed', 'lost'].includes(alloc.ClientStatus)) return;
  harness.updateAlloc(alloc.ID, { ClientStatus: item.status, ModifyTime: harness.nowNs });
}

/** Clients end what was stopped; evaluations follow until nothing moves. */
function settle(harness: SchedulerHarness): void {
  for (let round = 0; round < 60; round++) {
    harness.nowNs += 3600e9;
    let moved = false;
    for (const alloc of harness.allocs) {
      if (alloc.DesiredStatus !== 'run' && !['complete', 'failed', 'lost'].includes(alloc.ClientStatus)) {
        harness.updateAlloc(alloc.ID, { ClientStatus: 'complete' });
        moved = true;
      } else if (alloc.DesiredStatus === 'run' && alloc.ClientStatus === 'pending') {
        harness.updateAlloc(alloc.ID, { ClientStatus: 'running' });
        moved = true;
      }
    }
    for (const id of jobIds) moved = (evaluate(harness, id)?.plans.length ?? 0) > 0 || moved;
    if (!moved) return;
  }
  assert.fail('the cluster does not settle');
}

/** Never more than the count; fewer only when something is queued, has ended or waits for a deployment. */
function assertCount(harness: SchedulerHarness, id: string): void {
  const job = harness.job('default', id);
  if (!job) return;
  const count = job.Stop ? 0 : (job.TaskGroups?.[0]?.Count ?? 0);
  const live = harness
    .allocsByJob('default', id)
    .filter((a) => a.DesiredStatus === 'run' && !['complete', 'failed', 'lost'].includes(a.ClientStatus));
  const canaries = live.filter((alloc) => alloc.DeploymentStatus?.Canary === true);
  assert.ok(live.length - canaries.length <= count, `${id}: ${live.length} of ${count}`);
}
