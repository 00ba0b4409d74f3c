// SPDX-License-Identifier: MPL-2.0
// A server on virtual time with fake nodes: what happens in an hour takes a moment, and always happens the same way.

import type { TestContext } from 'node:test';
import {
  type Allocation,
  type Deployment,
  type Evaluation,
  type Job,
  Job_Deregister,
  Job_Evaluate,
  Job_Register,
  make,
  type Node,
  type ReplyOf,
  type RequestOf,
  type RpcMethod,
} from '@serai/api';
import { must, seededRandom } from '#base';
import { MemoryEngine } from '#engine';
import type { RpcCaller } from '#rpc';
import type { Server, ServerDependencies, ServerOptions } from '#server';
import type { StateSnapshot } from '#state';
import { FakeNode, type FakeNodeOptions } from './fake-node.ts';
import { memoryServer } from './memory-server.ts';
import { mockNode } from './mock-node.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Rounds after which a cluster that is never at rest is an error. */
const maxRounds = 2_000;

export interface TestClusterOptions {
  readonly options?: Partial<ServerOptions>;
  readonly dependencies?: Partial<Omit<ServerDependencies, 'clock'>>;
  readonly clock?: VirtualClock;
  readonly seed?: number | string;
}

export class TestCluster {
  readonly clock: VirtualClock;
  readonly nodes: FakeNode[] = [];
  /** calls the server that runs now */
  readonly rpc: RpcCaller = {
    call: (method, args, options) => this.#caller.call(method, args, options),
    stream: (method, args, options) => this.#caller.stream(method, args, options),
  };
  readonly #overrides: TestClusterOptions;
  #restarts = 0;
  #server: Server;
  #caller: RpcCaller;

  constructor(overrides: TestClusterOptions = {}) {
    this.#overrides = overrides;
    this.clock = overrides.clock ?? new VirtualClock();
    this.#server = this.#make(new MemoryEngine());
    this.#caller = this.#server.localCaller();
  }

  /** Started; ends with the test. */
  static async start(t: TestContext, overrides: TestClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster(overrides);
    t.after(() => cluster.stop());
    await cluster.#server.start();
    return cluster;
  }

  get server(): Server {
    return this.#server;
  }

  #make(engine: MemoryEngine): Server {
    const { options, dependencies, seed = 1 } = this.#overrides;
    // Another seed after a restart: ids must not come twice.
    const random = seededRandom(`${seed}/${this.#restarts}`);
    return memoryServer({
      options: { ...options },
      dependencies: { engine, random, ...dependencies, clock: this.clock },
    });
  }

  /** The server dies and another one takes over what it had stored. Nodes find the new one. */
  async restart(): Promise<void> {
    const engine = new MemoryEngine();
    await engine.restore(this.#server.context.engine.snapshot());
    await this.#server.stop();
    this.#restarts += 1;
    this.#server = this.#make(engine);
    this.#caller = this.#server.localCaller();
    await this.#server.start();
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) node.stop();
    await this.#server.stop();
  }

  get state(): StateSnapshot {
    return this.server.context.store.snapshot();
  }

  call<M extends RpcMethod>(method: M, args: Partial<RequestOf<M>>): Promise<ReplyOf<M>> {
    return this.rpc.call(method, make(method.request, { Region: 'global', ...args }) as RequestOf<M>);
  }

  /** A ready node. */
  async addNode(
    overrides: Partial<Node> = {},
    options: Omit<FakeNodeOptions, 'node'> = {},
  ): Promise<FakeNode> {
    const node = new FakeNode(
      { ...options, node: mockNode({ ...this.#identity(), ...overrides }) },
      { rpc: this.rpc, clock: this.clock },
    );
    this.nodes.push(node);
    await node.start();
    return node;
  }

  /** The same in each run: the order of nodes decides ties. */
  #identity(): Partial<Node> {
    const random = seededRandom(`${this.#overrides.seed ?? 1}/node/${this.nodes.length}`);
    return { ID: random.uuid(), SecretID: random.uuid(), Name: `node-${this.nodes.length}` };
  }

  async addNodes(count: number, overrides: Partial<Node> = {}): Promise<FakeNode[]> {
    const added: FakeNode[] = [];
    for (let i = 0; i < count; i++) added.push(await this.addNode(overrides));
    return added;
  }

  /** Registers a job; does not wait for what follows. */
  register(
    job: Job,
    more: Partial<RequestOf<typeof Job_Register>> = {},
  ): Promise<ReplyOf<typeof Job_Register>> {
    return this.call(Job_Register, { Job: job, Namespace: job.Namespace, ...more });
  }

  /** Registers a job and lets everything happen that needs no time. */
  async run(job: Job, more: Partial<RequestOf<typeof Job_Register>> = {}): Promise<Job> {
    await this.register(job, more);
    await this.settle();
    return this.job(job.ID);
  }

  async stopJob(jobId: string, options: { purge?: boolean } = {}): Promise<void> {
    await this.call(Job_Deregister, { JobID: jobId, Purge: options.purge ?? false });
    await this.settle();
  }

  async evaluate(jobId: string, options: { forceReschedule?: boolean } = {}): Promise<void> {
    const EvalOptions = { ForceReschedule: options.forceReschedule ?? false };
    await this.call(Job_Evaluate, { JobID: jobId, EvalOptions });
    await this.settle();
  }

  job(id: string): Job {
    return must(this.state.job('default', id), `job ${id}`);
  }
  /** In order of creation, then name. */
  allocs(jobId: string): Allocation[] {
    return this.state
      .allocsByJob('default', jobId)
      .toSorted((a, b) => a.CreateIndex - b.CreateIndex || (a.Name < b.Name ? -1 : 1));
  }
  /** Those that should run and have not ended. */
  live(jobId: string): Allocation[] {
    return this.allocs(jobId).filter(
      (alloc) => alloc.DesiredStatus === 'run' && ['pending', 'running'].includes(alloc.ClientStatus),
    );
  }
  /** Newest first. */
  deployments(jobId: string): Deployment[] {
    return this.state.deploymentsByJob('default', jobId).toSorted((a, b) => b.CreateIndex - a.CreateIndex);
  }
  evals(jobId: string): Evaluation[] {
    return this.state
      .evalsByJob('default', jobId)
      .toSorted((a, b) => a.CreateIndex - b.CreateIndex || a.CreateTime - b.CreateTime);
  }
  blockedEvals(): readonly Evaluation[] {
    return this.state.openEvals('blocked');
  }
  nodeOf(alloc: Allocation): FakeNode {
    return must(
      this.nodes.find((node) => node.id === alloc.NodeID),
      `node ${alloc.NodeID}`,
    );
  }

  /** Lets servers and nodes work until nobody has anything to do at this time. */
  async settle(): Promise<void> {
    const { broker, writes, store } = this.server.context;
    for (let round = 0, calm = 0; round < maxRounds; round++) {
      const index = store.index;
      for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
      let reported = false;
      for (const node of this.nodes) reported = (await this.#sync(node)) || reported;
      const { ready, unacked, pending } = broker.stats();
      const busy = reported || ready + unacked + pending + writes.depth > 0 || store.index !== index;
      calm = busy ? 0 : calm + 1;
      if (calm >= 2) return;
    }
    throw new Error('the cluster does not come to rest: something starts itself again and again');
  }

  /** A node that the servers count as down may not report yet. */
  async #sync(node: FakeNode): Promise<boolean> {
    const status = this.state.node(node.id)?.Status;
    return status === undefined || status === 'down' ? false : node.sync();
  }

  /** Moves time in steps and settles after each. */
  async advance(byMs: number, stepMs = Math.min(byMs, 5_000)): Promise<void> {
    for (let left = byMs; left > 0; left -= stepMs) {
      await this.clock.advance(Math.min(stepMs, left));
      await this.settle();
    }
  }

  /** Moves time until the condition holds. @throws when it does not within the time. */
  async until(condition: () => boolean, withinMs: number, stepMs = 1_000): Promise<void> {
    for (let passedMs = 0; passedMs <= withinMs; passedMs += stepMs) {
      if (condition()) return;
      await this.advance(stepMs, stepMs);
    }
    throw new Error(`never came true within ${withinMs} ms: ${condition.toString()}`);
  }
}
