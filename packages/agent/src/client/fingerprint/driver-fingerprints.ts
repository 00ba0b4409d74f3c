// SPDX-License-Identifier: MPL-2.0
// Asks the drivers how they are, again and again.

import type { DriverInfo } from '@serai/api';
import { AppError, type Clock, type Logger } from '#base';
import type { DriverFingerprint, TaskDriver } from '#drivers';
import type { TaskDrivers } from '../options.ts';
import { nameFilter } from './name-filter.ts';

/** A driver that does not answer in this time is unhealthy. */
export const driverAnswerTimeoutMs = 10_000;

export interface DriverState {
  readonly info: DriverInfo;
  /** for the node: `driver.raw_exec: "1"` */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A driver's health as it is told to the servers. */
export interface DriverChange {
  readonly driver: string;
  readonly healthy: boolean;
  readonly description: string;
}

export class DriverFingerprints {
  readonly #drivers: readonly TaskDriver[];
  readonly #clock: Clock;
  readonly #log: Logger;
  #states: ReadonlyMap<string, DriverState> = new Map();

  constructor(
    options: { readonly options: Readonly<Record<string, string>> },
    dependencies: { readonly drivers: TaskDrivers; readonly clock: Clock; readonly log: Logger },
  ) {
    const allowed = nameFilter(options.options, 'driver');
    this.#drivers = dependencies.drivers.names.filter(allowed).map((name) => dependencies.drivers.get(name));
    this.#clock = dependencies.clock;
    this.#log = dependencies.log;
  }

  get states(): ReadonlyMap<string, DriverState> {
    return this.#states;
  }

  /** Asks all drivers at once. Returns those whose health is another one than last time. */
  async refresh(signal: AbortSignal): Promise<readonly DriverChange[]> {
    const found = await Promise.all(
      this.#drivers.map(async (driver) => [driver.name, await this.#ask(driver, signal)] as const),
    );
    const changes: DriverChange[] = [];
    const states = new Map<string, DriverState>();
    for (const [name, fingerprint] of found) {
      const before = this.#states.get(name);
      const state = stateOf(name, fingerprint, before, this.#clock.nowIso());
      if (before && before.info.Healthy !== state.info.Healthy)
        changes.push({
          driver: name,
          healthy: state.info.Healthy,
          description: state.info.HealthDescription,
        });
      states.set(name, state);
    }
    this.#states = states;
    return changes;
  }

  async #ask(driver: TaskDriver, signal: AbortSignal): Promise<DriverFingerprint> {
    const limit = new AbortController();
    const timer = this.#clock.after(driverAnswerTimeoutMs, () => limit.abort(), { unref: true });
    try {
      const late = new Promise<never>((_, reject) => {
        limit.signal.addEventListener('abort', () =>
          reject(new AppError('timeout', `no answer within ${driverAnswerTimeoutMs / 1000} s`)),
        );
      });
      return await Promise.race([driver.fingerprint(AbortSignal.any([signal, limit.signal])), late]);
    } catch (error) {
      if (!signal.aborted) this.#log.warn('driver fingerprint failed', { driver: driver.name, error });
      return { health: 'unhealthy', description: AppError.from(error).message, attributes: {} };
    } finally {
      timer.cancel();
    }
  }
}

function stateOf(
  name: string,
  found: DriverFingerprint,
  before: DriverState | undefined,
  nowIso: string,
): DriverState {
  const detected = found.health !== 'undetected';
  const healthy = found.health === 'healthy';
  const description = found.description !== '' ? found.description : healthy ? 'Healthy' : '';
  const same =
    before &&
    before.info.Detected === detected &&
    before.info.Healthy === healthy &&
    before.info.HealthDescription === description;
  const attributes = detected ? { ...found.attributes } : {};
  return {
    info: {
      Attributes: { ...attributes, ...(detected ? { [`driver.${name}`]: 'true' } : {}) },
      Detected: detected,
      Healthy: healthy,
      HealthDescription: description,
      // only a change moves it: else each round would register the node again
      UpdateTime: same ? before.info.UpdateTime : nowIso,
    },
    // an unhealthy driver disappears from the attributes, so that jobs don't pass the driver check
    attributes: healthy ? { [`driver.${name}`]: '1', ...attributes } : attributes,
  };
}
