// SPDX-License-Identifier: MPL-2.0
// Placements per second of one evaluation of 1,000 allocations on 5,000 nodes: in memory, one core, from the evaluation
// to a plan with all allocation rows. The fleet is kept from evaluation to evaluation, as a worker keeps it.
// Prints one JSON line per case: median, best and worst of the runs.

import { type Job, make, type Node, type NodeResources, SchedulerConfiguration } from '@serai/api';
import { seededRandom, systemClock } from '#base';
import { acceptPlan, newFleet, processEvalSync, type StateView } from '#scheduler';
import { mockBatchJob, mockEvalOf, mockJob, mockNode, mockNodeResources, mockTaskGroup } from '#testing';

const nodeCount = 5_000;
const placements = 1_000;
/** Runs per case, the first ones to warm up. */
const runs = 41;
const warmUps = 10;

interface BenchCase {
  readonly name: string;
  readonly job: Job;
  /** placements per second that the design promises */
  readonly target: number;
}

function fleetOfNodes(): Node[] {
  const random = seededRandom(7);
  return Array.from({ length: nodeCount }, (_, i) => {
    const ip = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    const resources: NodeResources = mockNodeResources({}, ip);
    return mockNode({
      ID: random.uuid(),
      Name: `node-${i}`,
      Datacenter: `dc${(i % 3) + 1}`,
      Meta: { rack: `r${i % 50}` },
      NodeResources: resources,
    });
  });
}

function stateOf(nodes: readonly Node[], job: Job): StateView {
  const byId = new Map(nodes.map((node) => [node.ID, node]));
  const config = make(SchedulerConfiguration, { SchedulerAlgorithm: 'binpack' });
  return {
    index: 1,
    nodes: () => nodes,
    node: (id) => byId.get(id),
    allocsByNode: () => [],
    allocsByJob: () => [],
    job: () => job,
    jobVersion: () => job,
    latestDeployment: () => undefined,
    nodePool: () => undefined,
    schedulerConfig: () => config,
  };
}

function cases(): BenchCase[] {
  const everywhere = { Datacenters: ['*'] };
  const group = mockTaskGroup({ Count: placements });
  const service = mockJob({ ...everywhere, TaskGroups: [group] });
  const batch = mockBatchJob(everywhere);
  const workers = (batch.TaskGroups ?? []).map((item) => ({ ...item, Count: placements }));
  const regexp = { LTarget: '${attr.kernel.version}', RTarget: '^6\\.[0-9]+', Operand: 'regexp' };
  const spread = { Attribute: '${node.datacenter}', Weight: 100, SpreadTarget: null };
  return [
    { name: 'service with ports', job: service, target: 40_000 },
    { name: 'batch', job: { ...batch, TaskGroups: workers }, target: 60_000 },
    { name: 'service with regexp', job: { ...service, Constraints: [regexp] }, target: 40_000 },
    { name: 'service with spread', job: { ...service, Spreads: [spread] }, target: 20_000 },
  ];
}

function measure(bench: BenchCase, nodes: readonly Node[]): Record<string, unknown> {
  const state = stateOf(nodes, bench.job);
  const fleet = newFleet();
  const rates: number[] = [];
  for (let run = 0; run < runs; run++) {
    const random = seededRandom(run);
    const evaluation = mockEvalOf(bench.job);
    const startMs = systemClock.monotonicMs();
    const outcome = processEvalSync(evaluation, {
      state,
      random,
      nowNs: () => systemClock.nowNs(),
      fleet,
      submit: (plan) => ({ result: acceptPlan(plan), state }),
    });
    const seconds = (systemClock.monotonicMs() - startMs) / 1000;
    let placed = 0;
    for (const allocs of outcome.plans[0]?.nodeAllocation.values() ?? []) placed += allocs.length;
    if (placed !== placements) throw new Error(`${bench.name}: placed ${placed} of ${placements}`);
    if (run >= warmUps) rates.push(placed / seconds);
  }
  rates.sort((a, b) => a - b);
  return {
    bench: `scheduler: ${bench.name}`,
    unit: 'placements/s',
    nodes: nodes.length,
    placements,
    median: Math.round(rates[rates.length >> 1] ?? 0),
    best: Math.round(rates.at(-1) ?? 0),
    worst: Math.round(rates[0] ?? 0),
    target: bench.target,
  };
}

const nodes = fleetOfNodes();
for (const bench of cases()) console.log(JSON.stringify(measure(bench, nodes)));
