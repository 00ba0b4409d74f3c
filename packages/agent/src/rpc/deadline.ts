// SPDX-License-Identifier: MPL-2.0
// One signal for "the caller gave up" and "it took too long".

import { AppError, type Clock } from '#base';
import type { CallOptions } from './caller.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** Rejects with the AppError when the signal fires first. */
  race<T>(work: Promise<T> | T): Promise<T>;
  /** Ends the timer and the listeners; `abort` also fires the signal. */
  done(options?: { abort: boolean }): void;
}

export function deadline(clock: Clock, options: CallOptions | undefined, what: string): Deadline {
  const own = new AbortController();
  const outer = options?.signal;
  const onAbort = (): void => own.abort(canceled(what, outer?.reason));
  if (outer?.aborted) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  const timeoutMs = options?.timeoutMs;
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () =>
          own.abort(new AppError('timeout', `${what}: no answer within ${timeoutMs} ms`)),
        );
  return {
    signal: own.signal,
    race: (work) => raceAbort(work, own.signal),
    done: (end) => {
      timer?.cancel();
      outer?.removeEventListener('abort', onAbort);
      if (end?.abort) own.abort(canceled(what, undefined));
    },
  };
}

function canceled(what: string, cause: unknown): AppError {
  return new AppError('canceled', `${what}: canceled by the caller`, { cause });
}

function raceAbort<T>(work: Promise<T> | T, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      // The work still runs to its end; its failure has nobody left to hear it.
      Promise.resolve(work).catch(() => {});
      return;
    }
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}
