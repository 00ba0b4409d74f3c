// SPDX-License-Identifier: MPL-2.0
// The only place that touches timers and dates. Everything else takes a Clock.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Unix milliseconds, wall clock. */
  nowMs(): number;
  /** Unix nanoseconds as Nomad stores them. Microsecond steps: a double can't hold more. */
  nowNs(): number;
  /** RFC 3339 in UTC. */
  nowIso(): string;
  /** Milliseconds of a clock that never jumps, for measuring. */
  monotonicMs(): number;
  /** Calls once after the delay. Does not keep the process alive when `unref`. */
  after(delayMs: number, callback: () => void, options?: { unref?: boolean }): Timer;
  /** Calls again and again. */
  every(intervalMs: number, callback: () => void, options?: { unref?: boolean }): Timer;
  /** Resolves after the delay; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Longest delay setTimeout keeps exactly (2^31-1 ms); longer ones are clamped to it. */
const maxDelayMs = 2_147_483_647;

class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }
  nowNs(): number {
    return Math.round((performance.timeOrigin + performance.now()) * 1000) * 1000;
  }
  nowIso(): string {
    return new Date().toISOString();
  }
  monotonicMs(): number {
    return performance.now();
  }
  after(delayMs: number, callback: () => void, options: { unref?: boolean } = {}): Timer {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), maxDelayMs));
    if (options.unref) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }
  every(intervalMs: number, callback: () => void, options: { unref?: boolean } = {}): Timer {
    const timer = setInterval(callback, Math.min(intervalMs, maxDelayMs));
    if (options.unref) timer.unref();
    return { cancel: () => clearInterval(timer) };
  }
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}

/** `sleep` in terms of `after`, for every Clock. */
export function sleepOn(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export const systemClock: Clock = new SystemClock();
