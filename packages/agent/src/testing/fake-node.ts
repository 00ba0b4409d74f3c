// SPDX-License-Identifier: MPL-2.0
// A client agent without tasks: registers, heartbeats, and reports of its allocations what the test tells it to.

import {
  Alloc_GetAllocs,
  Allocation,
  type AllocDeploymentStatus,
  make,
  type Node,
  Node_GetClientAllocs,
  Node_Register,
  Node_UpdateAlloc,
  Node_UpdateStatus,
} from '@serai/api';
import type { Clock, Timer } from '#base';
import type { RpcCaller } from '#rpc';

/** What becomes of an allocation that should run. */
export interface FakeOutcome {
  readonly status: 'pending' | 'running' | 'complete' | 'failed';
  /** health for its deployment or migration; null: not known yet */
  readonly healthy?: boolean | null;
}

export const runsWell: FakeOutcome = { status: 'running', healthy: true };

export interface FakeNodeOptions {
  readonly node: Node;
  /** asked for each allocation that should run, again and again until it ended */
  readonly outcome?: (alloc: Allocation) => FakeOutcome;
}

export class FakeNode {
  readonly node: Node;
  /** replaceable while the test runs */
  outcome: (alloc: Allocation) => FakeOutcome;
  /** a silent node neither heartbeats nor reports */
  silent = false;
  heartbeats = 0;
  readonly #rpc: RpcCaller;
  readonly #clock: Clock;
  /** as last pulled from the server, by id */
  readonly #allocs = new Map<string, Allocation>();
  /** what was last reported of each */
  readonly #reported = new Map<string, string>();
  /** commanded by the test, by allocation id */
  readonly #forced = new Map<string, FakeOutcome>();
  #timer: Timer | undefined;

  constructor(options: FakeNodeOptions, dependencies: { rpc: RpcCaller; clock: Clock }) {
    this.node = options.node;
    this.outcome = options.outcome ?? (() => runsWell);
    this.#rpc = dependencies.rpc;
    this.#clock = dependencies.clock;
  }

  get id(): string {
    return this.node.ID;
  }

  /** Registers and becomes ready; from then on it heartbeats by the clock. */
  async start(): Promise<void> {
    await this.register();
    await this.heartbeat();
  }

  async register(): Promise<void> {
    const Node: Node = { ...this.node, Status: 'initializing' };
    await this.#rpc.call(Node_Register, make(Node_Register.request, { Region: 'global', Node }));
  }

  /** No more heartbeats and reports until `start` or `wake`. */
  goSilent(): void {
    this.silent = true;
    this.#timer?.cancel();
  }

  /** Reachable again, with what runs there unchanged. */
  async wake(): Promise<void> {
    this.silent = false;
    await this.heartbeat();
  }

  stop(): void {
    this.goSilent();
  }

  async heartbeat(): Promise<void> {
    const reply = await this.#rpc.call(
      Node_UpdateStatus,
      make(Node_UpdateStatus.request, { Region: 'global', NodeID: this.id, Status: 'ready' }),
    );
    this.heartbeats += 1;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(Math.max(1, reply.HeartbeatTTL / 1e6), () => {
      if (this.silent) return;
      this.heartbeat().catch(() => {
        // The server is gone: the test is over, or restarts it and the node.
      });
    });
  }

  /** Ids of the allocations it knows of, in order of creation. */
  get allocs(): readonly Allocation[] {
    return [...this.#allocs.values()].sort((a, b) => a.CreateIndex - b.CreateIndex);
  }

  /** From now on this is what becomes of the allocation. */
  force(allocId: string, outcome: FakeOutcome): void {
    this.#forced.set(allocId, outcome);
  }

  /** Pulls the work list and reports what is new. True when it reported something. */
  async sync(): Promise<boolean> {
    if (this.silent) return false;
    await this.#pull();
    const news = [...this.#allocs.values()].flatMap((alloc) => this.#newsOf(alloc));
    if (news.length === 0) return false;
    await this.#rpc.call(Node_UpdateAlloc, make(Node_UpdateAlloc.request, { Region: 'global', Alloc: news }));
    for (const alloc of news) this.#reported.set(alloc.ID, textOf(alloc));
    return true;
  }

  async #pull(): Promise<void> {
    const list = await this.#rpc.call(
      Node_GetClientAllocs,
      make(Node_GetClientAllocs.request, {
        Region: 'global',
        NodeID: this.id,
        SecretID: this.node.SecretID,
      }),
    );
    const wanted = Object.entries(list.Allocs ?? {});
    for (const id of this.#allocs.keys()) if (!(id in (list.Allocs ?? {}))) this.#allocs.delete(id);
    const changed = wanted.filter(([id, index]) => this.#allocs.get(id)?.AllocModifyIndex !== index);
    if (changed.length === 0) return;
    const reply = await this.#rpc.call(
      Alloc_GetAllocs,
      make(Alloc_GetAllocs.request, { Region: 'global', AllocIDs: changed.map(([id]) => id) }),
    );
    for (const alloc of reply.Allocs ?? []) {
      // Marked unknown while it was silent, or part of another deployment now: it says again how it is.
      const moved = this.#allocs.get(alloc.ID)?.DeploymentID !== alloc.DeploymentID;
      if (alloc.ClientStatus === 'unknown' || moved) this.#reported.delete(alloc.ID);
      this.#allocs.set(alloc.ID, alloc);
    }
  }

  #newsOf(alloc: Allocation): Allocation[] {
    const before = this.#reported.get(alloc.ID);
    if (before !== undefined && isOver(before)) return [];
    const report = this.#reportOf(alloc);
    return textOf(report) === before ? [] : [report];
  }

  #reportOf(alloc: Allocation): Allocation {
    const { status, healthy = null } = this.#outcomeOf(alloc);
    const finished = status === 'complete' || status === 'failed';
    const health: AllocDeploymentStatus | null =
      healthy === null
        ? null
        : { Canary: false, Healthy: healthy, Timestamp: this.#clock.nowIso(), ModifyIndex: 0 };
    return make(Allocation, {
      ID: alloc.ID,
      NodeID: this.id,
      Namespace: alloc.Namespace,
      JobID: alloc.JobID,
      ClientStatus: status,
      DeploymentStatus: health,
      TaskStates: {
        web: {
          State: finished ? 'dead' : status,
          Failed: status === 'failed',
          Restarts: 0,
          LastRestart: '0001-01-01T00:00:00Z',
          StartedAt: this.#clock.nowIso(),
          FinishedAt: finished ? this.#clock.nowIso() : '0001-01-01T00:00:00Z',
          Events: null,
          TaskHandle: null,
        },
      },
    });
  }

  #outcomeOf(alloc: Allocation): FakeOutcome {
    if (alloc.DesiredStatus !== 'run') return { status: 'complete' };
    return this.#forced.get(alloc.ID) ?? this.outcome(alloc);
  }
}

/** What makes a report news; times don't. */
function textOf(alloc: Allocation): string {
  return `${alloc.ClientStatus} ${alloc.DeploymentStatus?.Healthy ?? ''}`;
}

function isOver(text: string): boolean {
  return text.startsWith('complete') || text.startsWith('failed');
}
