// SPDX-License-Identifier: MPL-2.0
import type { Clock, Metrics } from '#base';

/** Runs a call and records how long it took under `nomad.client.<name>`, also when it fails. */
export type Timed = <T>(name: string, work: () => Promise<T> | T) => Promise<T>;

export function timer(clock: Pick<Clock, 'monotonicMs'>, metrics: Pick<Metrics, 'sample'>): Timed {
  return async (name, work) => {
    const beganMs = clock.monotonicMs();
    try {
      return await work();
    } finally {
      metrics.sample(`nomad.client.${name}`, clock.monotonicMs() - beganMs);
    }
  };
}
