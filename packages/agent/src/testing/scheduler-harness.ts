// SPDX-License-Identifier: MPL-2.0
// A cluster in memory for the scheduler: state, an applier that commits whole plans, and the evaluations that came out.

import {
  type Allocation,
  type Deployment,
  type Evaluation,
  type Job,
  make,
  type Node,
  type NodePool,
  SchedulerConfiguration,
} from '@serai/api';
import { type Random, seededRandom } from '#base';
import { computeNodeClass, type Plan, type PlanResult } from '#model';
import {
  acceptPlan,
  evaluateNodePlan,
  type Fleet,
  newFleet,
  type Outcome,
  processEvalSync,
  type SchedulerDeps,
  type StateView,
} from '#scheduler';
import { mockEvalOf } from './mock-eval.ts';

/** 2026-01-01T00:00:00Z in Unix nanoseconds. */
export const harnessStartNs = 1_767_225_600_000_000_000;

export class SchedulerHarness implements StateView {
  readonly #nodes = new Map<string, Node>();
  readonly #allocs = new Map<string, Allocation>();
  readonly #jobs = new Map<string, Job>();
  readonly #versions = new Map<string, Job>();
  readonly #deployments = new Map<string, Deployment>();
  readonly #pools = new Map<string, NodePool>();
  readonly #byNode = new Map<string, Map<string, Allocation>>();
  #config: SchedulerConfiguration = make(SchedulerConfiguration, { SchedulerAlgorithm: 'binpack' });
  readonly #evals = new Map<string, Evaluation>();
  readonly fleet: Fleet = newFleet();
  readonly random: Random;
  index = 1000;
  nowNs = harnessStartNs;
  /** Nodes whose placements the applier refuses. */
  readonly refuse = new Set<string>();

  constructor(seed: number | string = 1) {
    this.random = seededRandom(seed);
  }

  // ---- what the scheduler reads

  nodes(): Iterable<Node> {
    return this.#nodes.values();
  }
  node(id: string): Node | undefined {
    return this.#nodes.get(id);
  }
  allocsByNode(nodeId: string): readonly Allocation[] {
    return [...(this.#byNode.get(nodeId)?.values() ?? [])];
  }
  allocsByJob(namespace: string, jobId: string): readonly Allocation[] {
    return [...this.#allocs.values()].filter((a) => a.Namespace === namespace && a.JobID === jobId);
  }
  job(namespace: string, id: string): Job | undefined {
    return this.#jobs.get(`${namespace}/${id}`);
  }
  jobVersion(namespace: string, id: string, version: number): Job | undefined {
    return this.#versions.get(`${namespace}/${id}/${version}`);
  }
  latestDeployment(namespace: string, jobId: string): Deployment | undefined {
    return [...this.#deployments.values()]
      .filter((d) => d.Namespace === namespace && d.JobID === jobId)
      .sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
  }
  nodePool(name: string): NodePool | undefined {
    return this.#pools.get(name);
  }
  schedulerConfig(): SchedulerConfiguration {
    return this.#config;
  }

  // ---- what a test writes

  get allocs(): Allocation[] {
    return [...this.#allocs.values()];
  }
  alloc(id: string): Allocation | undefined {
    return this.#allocs.get(id);
  }
  get evals(): Evaluation[] {
    return [...this.#evals.values()];
  }
  get deployments(): Deployment[] {
    return [...this.#deployments.values()];
  }

  putNodes(...nodes: readonly Node[]): void {
    this.index++;
    for (const node of nodes) this.#nodes.set(node.ID, { ...node, ModifyIndex: this.index });
  }
  updateNode(id: string, fields: Partial<Node>): void {
    const node = this.#nodes.get(id);
    if (!node) throw new Error(`no node ${id}`);
    const changed = { ...node, ...fields };
    this.putNodes({ ...changed, ComputedClass: computeNodeClass(changed) });
  }
  removeNode(id: string): void {
    this.index++;
    this.#nodes.delete(id);
  }

  /** A job that differs from the stored one gets the next version, as registering it would. */
  putJob(job: Job): Job {
    this.index++;
    const key = `${job.Namespace}/${job.ID}`;
    const before = this.#jobs.get(key);
    const stored: Job = {
      ...job,
      Version: before ? before.Version + 1 : job.Version,
      CreateIndex: before?.CreateIndex ?? this.index,
      ModifyIndex: this.index,
      JobModifyIndex: this.index,
    };
    this.#jobs.set(key, stored);
    this.#versions.set(`${key}/${stored.Version}`, stored);
    return stored;
  }
  removeJob(job: Job): void {
    this.index++;
    this.#jobs.delete(`${job.Namespace}/${job.ID}`);
  }
  putAllocs(...allocs: readonly Allocation[]): void {
    this.index++;
    for (const alloc of allocs) {
      const row = { ...alloc, CreateIndex: alloc.CreateIndex || this.index, ModifyIndex: this.index };
      this.#allocs.set(row.ID, row);
      const onNode = this.#byNode.get(row.NodeID) ?? new Map<string, Allocation>();
      onNode.set(row.ID, row);
      this.#byNode.set(row.NodeID, onNode);
    }
  }
  updateAlloc(id: string, fields: Partial<Allocation>): void {
    const alloc = this.#allocs.get(id);
    if (!alloc) throw new Error(`no allocation ${id}`);
    this.putAllocs({ ...alloc, ...fields });
  }
  putDeployment(deployment: Deployment): void {
    this.index++;
    const before = this.#deployments.get(deployment.ID);
    this.#deployments.set(deployment.ID, {
      ...deployment,
      CreateIndex: before?.CreateIndex ?? this.index,
      ModifyIndex: this.index,
    });
  }
  putPool(pool: NodePool): void {
    this.index++;
    this.#pools.set(pool.Name, pool);
  }
  configure(fields: Partial<SchedulerConfiguration>): void {
    this.index++;
    this.#config = { ...this.#config, ...fields };
  }

  // ---- running it

  /** Processes an evaluation of the job and commits what comes out. */
  evaluate(job: Job, evaluation: Partial<Evaluation> = {}, deps: Partial<SchedulerDeps> = {}): Outcome {
    return this.process(mockEvalOf(job, { ID: this.random.uuid(), ...evaluation }), deps);
  }

  process(evaluation: Evaluation, deps: Partial<SchedulerDeps> = {}): Outcome {
    const outcome = processEvalSync(evaluation, {
      state: this,
      random: this.random,
      nowNs: () => this.nowNs,
      fleet: this.fleet,
      ...deps,
      submit: (plan) => ({ result: this.commit(plan), state: this }),
    });
    for (const item of [outcome.evaluation, ...outcome.created]) this.#evals.set(item.ID, item);
    return outcome;
  }

  /** What would be planned; nothing is committed. */
  dryRun(job: Job, evaluation: Partial<Evaluation> = {}): Outcome {
    return processEvalSync(mockEvalOf(job, { ID: this.random.uuid(), ...evaluation }), {
      state: this,
      random: this.random,
      nowNs: () => this.nowNs,
      submit: (plan) => ({ result: acceptPlan(plan), state: this }),
    });
  }

  /** What the plan applier does: nodes where the plan no longer holds are refused, the rest is committed. */
  commit(plan: Plan): PlanResult {
    const rejected = [...plan.nodeAllocation.keys()].filter(
      (id) => this.refuse.has(id) || !evaluateNodePlan(this, plan, id).fits,
    );
    const accepted = new Map([...plan.nodeAllocation].filter(([id]) => !rejected.includes(id)));
    this.index++;
    if (plan.deployment) this.putDeployment(plan.deployment);
    for (const update of plan.deploymentUpdates) this.#updateDeployment(update);
    for (const allocs of plan.nodeUpdate.values()) this.putAllocs(...allocs);
    for (const allocs of plan.nodePreemptions.values()) this.putAllocs(...allocs);
    for (const allocs of accepted.values()) for (const alloc of allocs) this.#commitAlloc(alloc);
    for (const followup of plan.followups) this.#evals.set(followup.ID, followup);
    return {
      ...acceptPlan(plan),
      nodeAllocation: accepted,
      refreshIndex: rejected.length > 0 ? this.index : 0,
      rejectedNodes: rejected,
      allocIndex: this.index,
    };
  }

  #updateDeployment(update: Plan['deploymentUpdates'][number]): void {
    const deployment = this.#deployments.get(update.DeploymentID);
    if (!deployment) return;
    const { Status, StatusDescription } = update;
    this.putDeployment({ ...deployment, Status, StatusDescription });
  }

  #commitAlloc(alloc: Allocation): void {
    const isNew = !this.#allocs.has(alloc.ID);
    this.putAllocs(alloc);
    const previous = isNew ? this.#allocs.get(alloc.PreviousAllocation) : undefined;
    if (previous) this.putAllocs({ ...previous, NextAllocation: alloc.ID });
    const deployment = isNew ? this.#deployments.get(alloc.DeploymentID) : undefined;
    const state = deployment?.TaskGroups?.[alloc.TaskGroup];
    if (!deployment || !state) return;
    const canary = alloc.DeploymentStatus?.Canary === true;
    this.#setDeploymentState(deployment, alloc.TaskGroup, {
      ...state,
      PlacedAllocs: state.PlacedAllocs + 1,
      PlacedCanaries: canary ? [...(state.PlacedCanaries ?? []), alloc.ID] : state.PlacedCanaries,
    });
  }

  #setDeploymentState(
    deployment: Deployment,
    group: string,
    state: NonNullable<Deployment['TaskGroups']>[string],
  ): void {
    this.putDeployment({ ...deployment, TaskGroups: { ...deployment.TaskGroups, [group]: state } });
  }

  /** The client reports on a deployment's allocation. */
  setHealth(id: string, healthy: boolean): void {
    const alloc = this.#allocs.get(id);
    const deployment = alloc ? this.#deployments.get(alloc.DeploymentID) : undefined;
    const state = deployment?.TaskGroups?.[alloc?.TaskGroup ?? ''];
    if (!alloc || !deployment || !state) throw new Error(`allocation ${id} belongs to no deployment`);
    const canary = alloc.DeploymentStatus?.Canary ?? false;
    const before = alloc.DeploymentStatus?.Healthy ?? undefined;
    this.putAllocs({
      ...alloc,
      ClientStatus: 'running',
      DeploymentStatus: {
        Healthy: healthy,
        Timestamp: new Date(this.nowNs / 1e6).toISOString(),
        Canary: canary,
        ModifyIndex: this.index,
      },
    });
    this.#setDeploymentState(deployment, alloc.TaskGroup, {
      ...state,
      HealthyAllocs: state.HealthyAllocs + Number(healthy) - Number(before === true),
      UnhealthyAllocs: state.UnhealthyAllocs + Number(!healthy) - Number(before === false),
    });
  }

  /** The user promotes all groups of the newest deployment. */
  promote(job: Job): void {
    const deployment = this.latestDeployment(job.Namespace, job.ID);
    if (!deployment) throw new Error('no deployment to promote');
    const groups = Object.entries(deployment.TaskGroups ?? {}).map(([name, state]) => {
      return [name, { ...state, Promoted: true }] as const;
    });
    for (const id of groups.flatMap(([, state]) => state.PlacedCanaries ?? [])) {
      const alloc = this.#allocs.get(id);
      if (alloc?.DeploymentStatus)
        this.putAllocs({ ...alloc, DeploymentStatus: { ...alloc.DeploymentStatus, Canary: false } });
    }
    this.putDeployment({ ...deployment, TaskGroups: Object.fromEntries(groups) });
  }
}
