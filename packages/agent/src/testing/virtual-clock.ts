// SPDX-License-Identifier: MPL-2.0
// A Clock that moves only when told to.

import { type Clock, sleepOn, type Timer } from '#base';

interface Pending {
  readonly id: number;
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();
  readonly #waiters: { count: number; resolve: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }
  nowMs(): number {
    return this.#nowMs;
  }
  nowNs(): number {
    return this.#nowMs * 1_000_000;
  }
  nowIso(): string {
    return new Date(this.#nowMs).toISOString();
  }
  monotonicMs(): number {
    return this.#nowMs;
  }
  after(delayMs: number, callback: () => void): Timer {
    return this.#add(delayMs, undefined, callback);
  }
  every(intervalMs: number, callback: () => void): Timer {
    return this.#add(intervalMs, intervalMs, callback);
  }
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Resolves once at least this many timers are armed: then it is safe to move time. */
  waitForTimers(count = 1): Promise<void> {
    if (this.#pending.size >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ count, resolve }));
  }

  /** Moves time, firing what falls due in order; yields to promises after each timer. */
  async advance(byMs: number): Promise<void> {
    const target = this.#nowMs + byMs;
    await flush();
    for (let next = this.#earliest(target); next; next = this.#earliest(target)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.everyMs === undefined) this.#pending.delete(next.id);
      else next.dueMs += next.everyMs;
      next.callback();
      await flush();
    }
    this.#nowMs = target;
    await flush();
  }

  #add(delayMs: number, everyMs: number | undefined, callback: () => void): Timer {
    const id = this.#nextId++;
    this.#pending.set(id, { id, dueMs: this.#nowMs + Math.max(0, delayMs), everyMs, callback });
    for (const waiter of [...this.#waiters]) {
      if (this.#pending.size < waiter.count) continue;
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      waiter.resolve();
    }
    return { cancel: () => this.#pending.delete(id) };
  }

  #earliest(limitMs: number): Pending | undefined {
    let best: Pending | undefined;
    for (const timer of this.#pending.values()) {
      if (timer.dueMs > limitMs) continue;
      if (!best || timer.dueMs < best.dueMs || (timer.dueMs === best.dueMs && timer.id < best.id))
        best = timer;
    }
    return best;
  }
}

/** Lets everything run that only waits for resolved promises. */
async function flush(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
