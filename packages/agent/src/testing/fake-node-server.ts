// SPDX-License-Identifier: MPL-2.0
// The servers as a client sees them: takes registrations and heartbeats, hands out allocations with blocking queries,
// keeps what the client reports. In memory, behind the RpcCaller interface.

import {
  Alloc_GetAllocs,
  type Allocation,
  make,
  type Node,
  Node_EmitEvents,
  Node_GetClientAllocs,
  Node_Register,
  Node_UpdateAlloc,
  Node_UpdateStatus,
  type NodeEvent,
  type NodeUpdateResponse,
} from '@serai/api';
import { AppError } from '#base';
import { FakeRpc } from './fake-rpc.ts';

const second = 1_000_000_000;

export class FakeNodeServer {
  readonly rpc = new FakeRpc();
  readonly nodes: Node[] = [];
  readonly events: NodeEvent[] = [];
  /** every report of a client, in order */
  readonly reports: Allocation[] = [];
  /** calls of Node.UpdateAlloc with the number of allocations in each */
  readonly batches: number[] = [];
  heartbeats = 0;
  heartbeatTtlNs = 10 * second;
  /** thrown by the next calls of this method, one after another */
  readonly failures = new Map<string, AppError[]>();
  readonly #allocs = new Map<string, Allocation>();
  readonly #waiters = new Set<() => void>();
  #index = 1;

  constructor() {
    this.rpc
      .on(Node_Register, ({ Node: node }) => {
        this.#fail('Node.Register');
        if (node) this.nodes.push(node);
        return this.#nodeReply(Node_Register.reply);
      })
      .on(Node_UpdateStatus, () => {
        this.#fail('Node.UpdateStatus');
        if (this.nodes.length === 0) throw new AppError('not-found', 'node not found');
        this.heartbeats += 1;
        this.#changed();
        return this.#nodeReply(Node_UpdateStatus.reply);
      })
      .on(Node_EmitEvents, ({ NodeEvents }) => {
        for (const list of Object.values(NodeEvents ?? {})) this.events.push(...(list ?? []));
        return make(Node_EmitEvents.reply, { Index: this.#index });
      })
      .on(Node_UpdateAlloc, ({ Alloc }) => {
        this.#fail('Node.UpdateAlloc');
        this.reports.push(...(Alloc ?? []));
        this.batches.push(Alloc?.length ?? 0);
        this.#changed();
        return make(Node_UpdateAlloc.reply, { Index: this.#index });
      })
      .on(Node_GetClientAllocs, async ({ MinQueryIndex }, options) => {
        this.#fail('Node.GetClientAllocs');
        while (this.#index <= MinQueryIndex) await this.#nextChange(options?.signal);
        return make(Node_GetClientAllocs.reply, {
          Allocs: Object.fromEntries([...this.#allocs].map(([id, alloc]) => [id, alloc.AllocModifyIndex])),
          Index: this.#index,
        });
      })
      .on(Alloc_GetAllocs, ({ AllocIDs }) => {
        this.#fail('Alloc.GetAllocs');
        return make(Alloc_GetAllocs.reply, {
          Allocs: (AllocIDs ?? []).flatMap((id) => this.#allocs.get(id) ?? []),
          Index: this.#index,
        });
      });
  }

  /** Places or changes an allocation. */
  put(alloc: Allocation): void {
    this.#index += 1;
    this.#allocs.set(alloc.ID, { ...alloc, AllocModifyIndex: this.#index, ModifyIndex: this.#index });
    this.#changed();
  }

  /** The user stopped it. */
  stop(allocId: string): void {
    const alloc = this.#allocs.get(allocId);
    if (alloc) this.put({ ...alloc, DesiredStatus: 'stop' });
  }

  /** Garbage collected on the servers. */
  forget(allocId: string): void {
    this.#index += 1;
    this.#allocs.delete(allocId);
    this.#changed();
  }

  /** What was reported last of an allocation. */
  last(allocId: string): Allocation | undefined {
    return this.reports.findLast((alloc) => alloc.ID === allocId);
  }

  /** Resolves when the condition holds after a report or heartbeat. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#nextChange(undefined);
  }

  async untilStatus(allocId: string, status: string): Promise<Allocation> {
    await this.until(() => this.last(allocId)?.ClientStatus === status);
    const alloc = this.last(allocId);
    if (!alloc) throw new Error('no report');
    return alloc;
  }

  #nodeReply(schema: typeof Node_Register.reply): NodeUpdateResponse {
    return make(schema, {
      HeartbeatTTL: this.heartbeatTtlNs,
      NumNodes: 1,
      SchedulingEligibility: 'eligible',
      Servers: [],
    });
  }

  #fail(method: string): void {
    const error = this.failures.get(method)?.shift();
    if (error) throw error;
  }

  #changed(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }

  #nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.add(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
