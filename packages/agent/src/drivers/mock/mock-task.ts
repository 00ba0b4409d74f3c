// SPDX-License-Identifier: MPL-2.0
// A task that only pretends: it prints, runs for a while and ends, all by the clock.

import type { Clock, Timer } from '#base';
import type { ExitResult } from '../contract.ts';
import type { MockConfig } from './mock-config.ts';

const sigkill = 9;

export type MockOutput = (stream: 'stdout' | 'stderr', text: string) => void;

export class MockTask {
  readonly config: MockConfig;
  /** Unix milliseconds at which it ends by itself */
  readonly endsAtMs: number;
  readonly #clock: Clock;
  readonly #ended = Promise.withResolvers<ExitResult>();
  readonly #timers = new Set<Timer>();
  #result: ExitResult | undefined;

  constructor(config: MockConfig, { clock, endsAtMs }: { clock: Clock; endsAtMs: number }) {
    this.config = config;
    this.endsAtMs = endsAtMs;
    this.#clock = clock;
  }

  get running(): boolean {
    return this.#result === undefined;
  }

  /** Runs to its end. `output`: undefined after a recovery, so that nothing is printed twice. */
  run(output: MockOutput | undefined): void {
    const { config } = this;
    if (output) {
      this.#print(output, 'stdout', config.stdout_string, {
        left: config.stdout_repeat,
        pauseMs: config.stdout_repeat_duration,
      });
      this.#print(output, 'stderr', config.stderr_string, {
        left: config.stderr_repeat,
        pauseMs: config.stderr_repeat_duration,
      });
    }
    if (config.plugin_exit_after > 0)
      this.#after(config.plugin_exit_after, () =>
        this.#end({ exitCode: -1, signal: 0, oomKilled: false, error: 'plugin has shut down' }),
      );
    const leftMs = this.endsAtMs - this.#clock.nowMs();
    if (leftMs <= 0) this.#end(resultOf(config));
    else this.#after(leftMs, () => this.#end(resultOf(config)));
  }

  async wait(signal?: AbortSignal): Promise<ExitResult> {
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#ended.promise, aborted.promise]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends by the signal after `kill_after`; by SIGKILL when that takes longer than the timeout. */
  async stop(signal: number, timeoutMs: number): Promise<void> {
    if (this.running) {
      // nothing can put SIGKILL off
      const killAfterMs = signal === sigkill ? 0 : this.config.kill_after;
      const killed = killAfterMs > timeoutMs;
      const delayMs = killed ? timeoutMs : killAfterMs;
      const by = killed ? sigkill : signal;
      if (delayMs > 0) this.#after(delayMs, () => this.#end(endedBy(by)));
      else this.#end(endedBy(by));
    }
    await this.#ended.promise;
  }

  kill(): void {
    this.#end(endedBy(sigkill));
  }

  #print(
    output: MockOutput,
    stream: 'stdout' | 'stderr',
    text: string,
    repeat: { left: number; pauseMs: number },
  ): void {
    if (text === '' || !this.running) return;
    output(stream, text);
    if (repeat.left <= 0) return;
    this.#after(repeat.pauseMs, () =>
      this.#print(output, stream, text, { ...repeat, left: repeat.left - 1 }),
    );
  }

  #after(delayMs: number, callback: () => void): void {
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
  }

  #end(result: ExitResult): void {
    if (this.#result) return;
    this.#result = result;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#ended.resolve(result);
  }
}

function resultOf(config: MockConfig): ExitResult {
  const error = config.exit_err_msg === '' ? {} : { error: config.exit_err_msg };
  if (config.exit_signal > 0) return { ...endedBy(config.exit_signal), ...error };
  return { exitCode: config.exit_code, signal: 0, oomKilled: false, ...error };
}

function endedBy(signal: number): ExitResult {
  return { exitCode: 128 + signal, signal, oomKilled: false };
}
