// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, make, type Node, Resources, type TaskGroup } from '@serai/api';
import { seededRandom } from '#base';
import {
  mockAlloc,
  mockJob,
  mockNode,
  mockNodeResources,
  mockTask,
  mockTaskGroup,
  SchedulerHarness,
} from '#testing';
import { Eligibility } from '../feasible/eligibility.ts';
import { groupChecks } from '../feasible/group-checks.ts';
import { newFleet } from '../fleet/fleet.ts';
import { groupAsk } from '../place/ask.ts';
import { candidatesFor } from '../place/candidates.ts';
import { GroupFit } from '../place/fit.ts';
import { Proposal } from '../place/proposal.ts';
import { Ranking } from './ranking.ts';

interface Setting {
  readonly ranking: Ranking;
  readonly proposal: Proposal;
  readonly group: TaskGroup;
  readonly job: Job;
  rowOf(id: string): number;
  idOf(row: number | undefined): string | undefined;
  /** places the group on the best node and tells which one that is */
  place(): string | undefined;
}

function setting(job: Job, harness: SchedulerHarness, tieSeed = 7): Setting {
  const group = job.TaskGroups?.[0];
  assert.ok(group);
  const fleet = newFleet();
  fleet.sync(harness);
  const proposal = new Proposal(fleet);
  const ranking = new Ranking({
    proposal,
    job,
    group,
    fit: new GroupFit(groupAsk(job, group, { memoryOversubscription: false }), proposal),
    filter: new Eligibility().filterFor({ version: 0, group: group.Name }, groupChecks(job, group)),
    candidates: candidatesFor(fleet, job),
    algorithm: 'binpack',
    tieSeed,
    jobAllocs: harness.allocsByJob(job.Namespace, job.ID),
  });
  const idOf = (row: number | undefined): string | undefined =>
    row === undefined ? undefined : fleet.rows[row]?.node.ID;
  return {
    ranking,
    proposal,
    group,
    job,
    rowOf: (id) => fleet.rowOf(id) ?? -1,
    idOf,
    place: () => {
      const row = ranking.select()?.row;
      const id = idOf(row);
      if (row !== undefined && id !== undefined) proposal.place(row, mockAlloc({ Job: job, NodeID: id }));
      return id;
    },
  };
}

function jobFor(fields: Partial<Job> = {}, group: Partial<TaskGroup> = {}): Job {
  return mockJob({
    Datacenters: ['*'],
    TaskGroups: [mockTaskGroup({ Networks: null, Count: 10, ...group })],
    ...fields,
  });
}

function harnessWith(...nodes: readonly Node[]): SchedulerHarness {
  const harness = new SchedulerHarness();
  harness.putNodes(...nodes);
  return harness;
}

const node = (ID: string, fields: Partial<Node> = {}): Node => mockNode({ ID, Name: ID, ...fields });
const sized = (ID: string, cpu: number, memory: number): Node =>
  node(ID, {
    NodeResources: mockNodeResources({
      Cpu: { CpuShares: cpu, TotalCpuCores: 4, ReservableCpuCores: null },
      Memory: { MemoryMB: memory },
    }),
  });

test('the fuller node comes first', () => {
  const { place } = setting(jobFor(), harnessWith(sized('big', 8000, 16_000), sized('small', 1000, 600)));
  assert.equal(place(), 'small');
});

test('no node, no selection', () => {
  const { ranking } = setting(jobFor(), harnessWith());
  assert.equal(ranking.select(), undefined);
  assert.equal(ranking.metric({ failed: true }).NodesEvaluated, 0);
});

test('nodes that already hold one of the group are avoided', () => {
  const { place } = setting(jobFor(), harnessWith(node('a'), node('b'), node('c')));
  assert.equal(new Set([place(), place(), place()]).size, 3);
});

test('a full node is exhausted and comes back when something stops', () => {
  const harness = harnessWith(sized('a', 1000, 8000));
  const { ranking, proposal, place, rowOf, job } = setting(jobFor(), harness);
  place();
  const last = mockAlloc({ Job: job, NodeID: 'a' });
  proposal.place(rowOf('a'), last);
  assert.equal(ranking.select(), undefined);
  const metric = ranking.metric({ failed: true });
  assert.deepEqual(metric.DimensionExhausted, { cpu: 1 });
  assert.deepEqual(metric.ClassExhausted, { 'linux-medium-pci': 1 });
  assert.deepEqual(
    [...ranking.exhaustedNodes()].map((item) => [item.node.ID, item.allocs.length]),
    [['a', 2]],
  );
  proposal.stop(last);
  assert.equal(ranking.select()?.row, rowOf('a'));
  assert.equal(ranking.metric().NodesExhausted, 0);
  assert.equal(ranking.metric().DimensionExhausted, null);
});

test('existing allocations of the job are seen', () => {
  const job = jobFor();
  const harness = harnessWith(node('a'), node('b'));
  harness.putAllocs(mockAlloc({ Job: job, NodeID: 'a' }));
  const { ranking, idOf } = setting(job, harness);
  const chosen = ranking.select();
  assert.equal(idOf(chosen?.row), 'b');
  const scores = chosen?.scores.find((item) => item.NodeID === 'a')?.Scores;
  assert.equal(scores?.['job-anti-affinity'], -0.2);
});

test('a node where it failed is penalised, for that placement only', () => {
  const { ranking, rowOf, idOf } = setting(
    jobFor(),
    harnessWith(sized('a', 1000, 600), sized('b', 8000, 8000)),
  );
  const penalised = ranking.select({ penalty: [rowOf('a')] });
  assert.equal(idOf(penalised?.row), 'b');
  const a = penalised?.scores.find((item) => item.NodeID === 'a');
  assert.equal(a?.Scores?.['node-reschedule-penalty'], -1);
  const next = ranking.select();
  assert.equal(idOf(next?.row), 'a');
  assert.equal(next?.scores[0]?.Scores?.['node-reschedule-penalty'], 0);
});

test('a preferred node is taken when it fits', () => {
  const { ranking, rowOf, idOf } = setting(
    jobFor(),
    harnessWith(sized('a', 1000, 600), sized('b', 8000, 8000), sized('c', 100, 100)),
  );
  assert.equal(idOf(ranking.select({ preferred: rowOf('b') })?.row), 'b');
  assert.equal(idOf(ranking.select({ preferred: rowOf('c') })?.row), 'a');
});

test('a further condition may leave out the best', () => {
  const { ranking, idOf } = setting(jobFor(), harnessWith(sized('a', 1000, 600), sized('b', 8000, 8000)));
  const accept = (item: Node): string | undefined => (item.ID === 'a' ? 'not this one' : undefined);
  assert.equal(idOf(ranking.select({ accept })?.row), 'b');
  assert.equal(ranking.select({ accept: () => 'none' }), undefined);
});

test('the scores of the five best are recorded in order', () => {
  const nodes = Array.from({ length: 9 }, (_, i) => sized(`n${i}`, 1000 + 500 * i, 1000 + 500 * i));
  const { ranking } = setting(jobFor(), harnessWith(...nodes));
  const { scores } = ranking.select() ?? { scores: [] };
  assert.deepEqual(
    scores.map((item) => item.NodeID),
    ['n0', 'n1', 'n2', 'n3', 'n4'],
  );
  assert.ok(scores.every((item, i) => i === 0 || item.NormScore <= (scores[i - 1]?.NormScore ?? 0)));
  assert.deepEqual(Object.keys(scores[0]?.Scores ?? {}), [
    'binpack',
    'job-anti-affinity',
    'node-affinity',
    'node-reschedule-penalty',
  ]);
});

test('equal nodes are taken in an order that depends on the seed', () => {
  const nodes = Array.from({ length: 20 }, (_, i) => node(`n${i}`));
  const first = (seed: number): string | undefined => setting(jobFor(), harnessWith(...nodes), seed).place();
  assert.equal(first(1), first(1));
  assert.ok(new Set(Array.from({ length: 10 }, (_, seed) => first(seed))).size > 3);
});

test('distinct_hosts closes a node, and opens it again', () => {
  const job = jobFor({ Constraints: [{ LTarget: '', Operand: 'distinct_hosts', RTarget: 'true' }] });
  const { ranking, proposal, place, rowOf } = setting(job, harnessWith(node('a')));
  const alloc = mockAlloc({ Job: job, NodeID: 'a' });
  proposal.place(rowOf('a'), alloc);
  assert.equal(place(), undefined);
  assert.deepEqual(ranking.metric({ failed: true }).ConstraintFiltered, { distinct_hosts: 1 });
});

test('distinct_property closes all nodes of a value', () => {
  const job = jobFor({
    Constraints: [{ LTarget: '${meta.rack}', Operand: 'distinct_property', RTarget: '1' }],
  });
  const rack = (id: string, name: string): Node => node(id, { Meta: { rack: name } });
  const { ranking, place } = setting(
    job,
    harnessWith(rack('a', 'r1'), rack('b', 'r1'), rack('c', 'r2'), node('d', { Meta: {} })),
  );
  const placed = [place(), place()];
  assert.equal(placed.includes('c'), true);
  assert.equal(place(), undefined);
  const metric = ranking.metric({ failed: true });
  assert.deepEqual(metric.ConstraintFiltered, {
    'missing property "${meta.rack}"': 1,
    'distinct_property: ${meta.rack}=r1 used by 1 allocs': 2,
    'distinct_property: ${meta.rack}=r2 used by 1 allocs': 1,
  });
  assert.equal(metric.NodesFiltered, 4);
  // counts of a success do not include them
  assert.equal(ranking.metric().NodesFiltered, 1);
});

test('filtered nodes never come back', () => {
  const job = jobFor({ Constraints: [{ LTarget: '${meta.ssd}', Operand: 'is_set', RTarget: '' }] });
  const { ranking, proposal, rowOf } = setting(job, harnessWith(node('a', { Meta: {} })));
  proposal.place(rowOf('a'), mockAlloc({ Job: job, NodeID: 'a' }));
  assert.equal(ranking.select({ preferred: rowOf('a'), penalty: [rowOf('a')] }), undefined);
  assert.equal(ranking.metric().NodesFiltered, 1);
});

test('an affinity and a spread have their part in the score', () => {
  const job = jobFor({
    Affinities: [{ LTarget: '${meta.ssd}', RTarget: 'yes', Operand: '=', Weight: 100 }],
    Spreads: [
      { Attribute: '${node.datacenter}', Weight: 100, SpreadTarget: [{ Value: 'dc2', Percent: 100 }] },
    ],
  });
  const { ranking } = setting(
    job,
    harnessWith(node('a', { Meta: { ssd: 'yes' } }), node('b', { Datacenter: 'dc2' })),
  );
  const { scores } = ranking.select() ?? { scores: [] };
  const of = (id: string): Readonly<Record<string, number>> =>
    scores.find((item) => item.NodeID === id)?.Scores ?? {};
  assert.equal(of('a')['node-affinity'], 1);
  assert.equal(of('a')['allocation-spread'], -1);
  assert.equal(of('b')['node-affinity'], 0);
  assert.equal(of('b')['allocation-spread'], 0.9);
});

/** The same choice made the slow way: every node is scored anew for each placement. */
function slowChoice(
  s: Setting,
  nodes: readonly Node[],
  placed: ReadonlyMap<string, number>,
  spread: boolean,
): number {
  const total = [...placed.values()].reduce((sum, count) => sum + count, 0);
  const byDc = new Map<string, number>();
  for (const item of nodes)
    byDc.set(item.Datacenter, (byDc.get(item.Datacenter) ?? 0) + (placed.get(item.ID) ?? 0));
  const used = [...byDc.values()].filter((count) => count > 0);
  let best = Number.NEGATIVE_INFINITY;
  for (const item of nodes) {
    const row = s.rowOf(item.ID);
    const cpu = item.NodeResources?.Cpu.CpuShares ?? 0;
    const memory = item.NodeResources?.Memory.MemoryMB ?? 0;
    const cpuUsed = (s.proposal.cpuUsed[row] ?? 0) + 500;
    const memoryUsed = (s.proposal.memoryUsed[row] ?? 0) + 256;
    if (cpuUsed > cpu || memoryUsed > memory) continue;
    const raw = 20 - 10 ** (1 - cpuUsed / cpu) - 10 ** (1 - memoryUsed / memory);
    const scores = [Math.min(18, Math.max(0, raw)) / 18];
    const here = placed.get(item.ID) ?? 0;
    if (here > 0) scores.push(-(here + 1) / 10);
    const boost = spread && total > 0 ? evenBoost(byDc.get(item.Datacenter) ?? 0, used) : 0;
    if (boost !== 0) scores.push(boost);
    best = Math.max(best, scores.reduce((sum, score) => sum + score, 0) / scores.length);
  }
  return best;
}

function evenBoost(current: number, used: readonly number[]): number {
  const least = Math.min(...used);
  const most = Math.max(...used);
  if (current !== least) return (least - current) / least;
  return least === most ? -1 : (most - least) / least;
}

for (const spread of [false, true]) {
  test(`each choice is the best one there is${spread ? ', with a spread' : ''}`, () => {
    const random = seededRandom(11);
    for (let round = 0; round < 15; round++) {
      const nodes = Array.from({ length: 12 }, (_, i) => ({
        ...sized(`n${i}`, 600 + random.int(4000), 300 + random.int(4000)),
        Datacenter: `dc${random.int(3)}`,
      }));
      const spreads = spread ? [{ Attribute: '${node.datacenter}', Weight: 100, SpreadTarget: null }] : null;
      const job = jobFor({ Spreads: spreads });
      const s = setting(job, harnessWith(...nodes), round);
      const placed = new Map<string, number>();
      for (;;) {
        const expected = slowChoice(s, nodes, placed, spread);
        const selection = s.ranking.select();
        if (!selection) {
          assert.equal(expected, Number.NEGATIVE_INFINITY);
          break;
        }
        assert.ok(Math.abs((selection.scores[0]?.NormScore ?? 0) - expected) < 1e-9);
        const id = s.idOf(selection.row) ?? '';
        placed.set(id, (placed.get(id) ?? 0) + 1);
        s.proposal.place(selection.row, mockAlloc({ Job: job, NodeID: id }));
      }
    }
  });
}

test('what another group of the plan takes is seen', () => {
  const harness = harnessWith(sized('a', 1000, 8000));
  const { ranking, proposal, rowOf } = setting(jobFor(), harness);
  const other = mockJob({
    TaskGroups: [
      mockTaskGroup({ Tasks: [mockTask({ Resources: make(Resources, { CPU: 600, MemoryMB: 10 }) })] }),
    ],
  });
  assert.ok(ranking.select());
  proposal.place(rowOf('a'), mockAlloc({ Job: other, NodeID: 'a' }));
  assert.equal(ranking.select(), undefined);
});
