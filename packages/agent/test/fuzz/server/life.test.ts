// SPDX-License-Identifier: MPL-2.0
// Random lives of a cluster: jobs, nodes and allocations do anything in any order; the server must keep its promises.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Alloc_Stop,
  type Job,
  make,
  Node_Deregister,
  Node_UpdateDrain,
  Node_UpdateEligibility,
  Resources,
  System_GarbageCollect,
  zeroTime,
} from '@serai/api';
import { type Random, seededRandom } from '#base';
import {
  type FakeNode,
  mockBatchJob,
  mockJob,
  mockSystemJob,
  mockTask,
  mockTaskGroup,
  mockUpdate,
  TestCluster,
} from '#testing';
import { checkAtRest, checkComplete } from './invariants.ts';

const second = 1_000;
const minute = 60 * second;
const ns = 1e6;

/** Lives and steps of each; more find more and take longer. */
const lives = Number(process.env['SERAI_LIVES'] ?? 12);
const steps = 40;

class Life {
  readonly cluster: TestCluster;
  readonly #random: Random;
  readonly log: string[] = [];
  #index = 0;
  #versions = 0;

  constructor(cluster: TestCluster, random: Random) {
    this.cluster = cluster;
    this.#random = random;
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#random.int(items.length)];
  }

  async step(): Promise<void> {
    const acts: readonly (() => Promise<string>)[] = [
      () => this.#register(),
      () => this.#register(),
      () => this.#register(),
      () => this.#register(),
      () => this.#stop(),
      () => this.#endAlloc(),
      () => this.#endAlloc(),
      () => this.#endAlloc(),
      () => this.#stopAlloc(),
      () => this.#addNode(),
      () => this.#silence(),
      () => this.#wake(),
      () => this.#drain(),
      () => this.#eligible(),
      () => this.#purgeNode(),
      () => this.#pass(),
      () => this.#pass(),
      () => this.#tidy(),
      () => this.#restart(),
    ];
    const act = this.#pick(acts);
    this.log.push((await act?.()) ?? '');
    await this.cluster.settle();
    // Evaluations made needless are canceled each second.
    await this.cluster.advance(2 * second, second);
    const { index } = this.cluster.state;
    assert.ok(index >= this.#index, 'the index went back');
    this.#index = index;
    checkAtRest(this.cluster);
  }

  async #register(): Promise<string> {
    const id = `job-${this.#random.int(6)}`;
    const existing = this.cluster.state.job('default', id);
    const kind = existing?.Type ?? this.#pick(['service', 'service', 'batch', 'system']) ?? 'service';
    await this.cluster.register(this.#job(id, kind));
    return `register ${id} ${kind}`;
  }

  #job(id: string, kind: string): Job {
    // Few versions, so that some are the same again.
    this.#versions = this.#random.int(3);
    const CPU = 100 + 100 * this.#random.int(8);
    const task = mockTask({
      Env: { V: `${this.#versions}` },
      Resources: make(Resources, { CPU, MemoryMB: 64 + 64 * this.#random.int(8) }),
    });
    const policy = {
      Attempts: 0,
      Interval: 0,
      Delay: 5 * second * ns,
      DelayFunction: 'constant',
      MaxDelay: 0,
      Unlimited: true,
    };
    if (kind === 'system') {
      const group = mockTaskGroup({
        Count: 1,
        Tasks: [task],
        Networks: null,
        ReschedulePolicy: null,
        Migrate: null,
      });
      return mockSystemJob({
        ID: id,
        TaskGroups: [group],
        Update: mockUpdate({ MaxParallel: 0 }),
      });
    }
    const Count = this.#random.int(5);
    if (kind === 'batch') {
      const group = mockTaskGroup({
        Count,
        Tasks: [task],
        Networks: null,
        ReschedulePolicy: policy,
        Migrate: null,
      });
      return mockBatchJob({ ID: id, TaskGroups: [group] });
    }
    const rolling = this.#random.int(2) === 0;
    const group = mockTaskGroup({
      Count,
      Tasks: [task],
      ReschedulePolicy: policy,
      Update: mockUpdate(
        rolling
          ? { MaxParallel: 1 + this.#random.int(2), AutoRevert: this.#random.int(2) === 0 }
          : { MaxParallel: 0 },
      ),
      ...(this.#random.int(4) === 0 ? { MaxClientDisconnect: 5 * minute * ns } : {}),
    });
    return mockJob({ ID: id, TaskGroups: [group] });
  }

  async #stop(): Promise<string> {
    const job = this.#pick([...this.cluster.state.jobs()]);
    const purge = this.#random.int(2) === 0;
    if (job) await this.cluster.stopJob(job.ID, { purge });
    return `stop ${job?.ID} ${purge ? 'purge' : ''}`;
  }

  async #endAlloc(): Promise<string> {
    const node = this.#pick(this.cluster.nodes.filter((candidate) => !candidate.silent));
    const alloc = this.#pick((node?.allocs ?? []).filter((a) => a.DesiredStatus === 'run'));
    if (!node || !alloc) return 'no alloc to end';
    const outcome = this.#pick([
      { status: 'failed', healthy: false },
      { status: 'failed' },
      { status: 'running', healthy: false },
      { status: 'complete' },
    ] as const);
    const isService = alloc.Job?.Type === 'service' || alloc.Job?.Type === 'system';
    // A service does not end well by itself.
    const chosen =
      !outcome || (isService && outcome.status === 'complete') ? { status: 'failed' as const } : outcome;
    node.force(alloc.ID, chosen);
    return `${chosen.status} ${alloc.Name}`;
  }

  async #stopAlloc(): Promise<string> {
    const live = [...this.cluster.state.jobs()].flatMap((job) => this.cluster.live(job.ID));
    const alloc = this.#pick(live);
    if (alloc) await this.cluster.call(Alloc_Stop, { AllocID: alloc.ID });
    return `stop alloc ${alloc?.Name}`;
  }

  async #addNode(): Promise<string> {
    if (this.cluster.nodes.length >= 8) return 'enough nodes';
    const node = await this.cluster.addNode();
    return `add ${node.node.Name}`;
  }

  #known(): FakeNode[] {
    return this.cluster.nodes.filter((node) => this.cluster.state.node(node.id) !== undefined);
  }

  async #silence(): Promise<string> {
    const node = this.#pick(this.cluster.nodes);
    node?.goSilent();
    if (this.#random.int(2) === 0) await this.cluster.advance(minute, 5 * second);
    return `silence ${node?.node.Name}`;
  }

  async #wake(): Promise<string> {
    const node = this.#pick(this.#known().filter((candidate) => candidate.silent));
    await node?.wake();
    return `wake ${node?.node.Name}`;
  }

  async #drain(): Promise<string> {
    const node = this.#pick(this.#known());
    if (!node) return 'no node to drain';
    const deadline = this.#pick([-1, 0, minute * ns, 10 * minute * ns]) ?? 0;
    const stops = this.#random.int(3) === 0;
    await this.cluster.call(Node_UpdateDrain, {
      NodeID: node.id,
      MarkEligible: stops,
      DrainStrategy: stops
        ? null
        : {
            Deadline: deadline,
            IgnoreSystemJobs: this.#random.int(2) === 0,
            ForceDeadline: zeroTime,
            StartedAt: zeroTime,
          },
    });
    return `drain ${node.node.Name} ${stops ? 'off' : deadline}`;
  }

  async #eligible(): Promise<string> {
    const node = this.#pick(this.#known());
    if (!node || this.cluster.state.node(node.id)?.DrainStrategy) return 'no node for eligibility';
    const Eligibility = this.#random.int(3) === 0 ? 'ineligible' : 'eligible';
    await this.cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility });
    return `${Eligibility} ${node.node.Name}`;
  }

  async #purgeNode(): Promise<string> {
    const node = this.#pick(this.#known().filter((candidate) => candidate.silent));
    if (node) await this.cluster.call(Node_Deregister, { NodeID: node.id });
    return `purge ${node?.node.Name}`;
  }

  async #pass(): Promise<string> {
    const byMs = this.#pick([10 * second, minute, 12 * minute]) ?? second;
    await this.cluster.advance(byMs, Math.max(5 * second, byMs / 20));
    return `pass ${byMs / second} s`;
  }

  async #tidy(): Promise<string> {
    await this.cluster.call(System_GarbageCollect, {});
    return 'gc';
  }

  async #restart(): Promise<string> {
    await this.cluster.restart();
    return 'restart';
  }

  /** Everything works and there is room for all: then all must run. */
  async heal(): Promise<void> {
    const { cluster } = this;
    for (const node of cluster.nodes) {
      if (!cluster.state.node(node.id)) await node.register();
      await node.wake();
      if (cluster.state.node(node.id)?.DrainStrategy)
        await cluster.call(Node_UpdateDrain, { NodeID: node.id, DrainStrategy: null, MarkEligible: true });
      await cluster.call(Node_UpdateEligibility, { NodeID: node.id, Eligibility: 'eligible' });
    }
    await cluster.addNodes(4);
    await cluster.advance(15 * minute, 20 * second);
    // Health that was said once stays said: a deployment that failed by it stays failed, and its job incomplete.
    for (const job of cluster.state.jobs()) {
      const [latest] = cluster.deployments(job.ID);
      const failed = latest?.Status === 'failed' && latest.JobVersion === job.Version;
      if (!job.Stop && !failed && job.Type !== 'batch') checkComplete(cluster, job);
    }
    checkAtRest(cluster);
  }
}

const firstSeed = Number(process.env['SERAI_SEED'] ?? 1);

for (let seed = firstSeed; seed < firstSeed + lives; seed++) {
  test(`a random life of a cluster, seed ${seed}`, async (t) => {
    const cluster = await TestCluster.start(t, { seed, options: { numSchedulers: 1 + (seed % 3) } });
    const life = new Life(cluster, seededRandom(seed));
    await cluster.addNodes(3);
    try {
      for (let step = 0; step < steps; step++) await life.step();
      await life.heal();
    } catch (error) {
      t.diagnostic(`seed ${seed}: ${life.log.join('; ')}`);
      throw error;
    }
  });
}
