// SPDX-License-Identifier: MPL-2.0
// Liveness of clients. Timers exist on the leader only; an expired one marks the node down (or disconnected).

import type { Clock, Random, Timer } from '#base';

export interface HeartbeatOptions {
  /** Shortest TTL a client gets. Milliseconds. */
  readonly minTtlMs: number;
  /** Heartbeats per second the cluster should cause: more nodes, longer TTLs. */
  readonly maxPerSecond: number;
  /** Added to the TTL before a node counts as lost. Milliseconds. */
  readonly graceMs: number;
  /** TTL that all nodes get when a new leader takes over. Milliseconds. */
  readonly failoverTtlMs: number;
}

export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onExpired: (nodeId: string) => void;
  readonly #timers = new Map<string, Timer>();
  #enabled = false;

  constructor(
    options: HeartbeatOptions,
    deps: { clock: Clock; random: Random; onExpired: (nodeId: string) => void },
  ) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#onExpired = deps.onExpired;
  }

  get active(): number {
    return this.#timers.size;
  }

  /** A heartbeat of this node is still in time. */
  awaits(nodeId: string): boolean {
    return this.#timers.has(nodeId);
  }

  /** On a new leader every live node gets the long fail-over TTL first. */
  enable(liveNodeIds: Iterable<string>): void {
    this.#enabled = true;
    for (const id of liveNodeIds) this.#arm(id, this.#options.failoverTtlMs);
  }

  disable(): void {
    this.#enabled = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** The node was heard. Returns the TTL to answer, in milliseconds: base plus up to as much again. */
  reset(nodeId: string): number {
    const { minTtlMs, maxPerSecond, graceMs } = this.#options;
    const base = Math.max(minTtlMs, (this.#timers.size / maxPerSecond) * 1000);
    const ttlMs = base + this.#random.float() * base;
    if (this.#enabled) this.#arm(nodeId, ttlMs + graceMs);
    return ttlMs;
  }

  clear(nodeId: string): void {
    this.#timers.get(nodeId)?.cancel();
    this.#timers.delete(nodeId);
  }

  #arm(nodeId: string, delayMs: number): void {
    this.#timers.get(nodeId)?.cancel();
    this.#timers.set(
      nodeId,
      this.#clock.after(delayMs, () => {
        this.#timers.delete(nodeId);
        this.#onExpired(nodeId);
      }),
    );
  }
}
