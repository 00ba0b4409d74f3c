// SPDX-License-Identifier: MPL-2.0
// The drivers of this client, made from the agent's `plugin` blocks.

import { AppError, type Clock, type Logger } from '#base';
import type { Supervisor } from '#supervisor';
import { boolField, nearest, readConfig, stringField } from './config/config-schema.ts';
import type { DriverFingerprint, TaskDriver } from './contract.ts';
import { readIsolation } from './mock/mock-config.ts';
import { MockDriver } from './mock/mock-driver.ts';
import { RawExecDriver } from './raw-exec/raw-exec-driver.ts';

export type PluginConfig = Readonly<Record<string, unknown>>;

export interface DriverRegistryOptions {
  /** `config` of each `plugin` block, by the plugin's name; names of other drivers are no error */
  readonly plugins: Readonly<Record<string, PluginConfig>>;
  /** client option `driver.allowlist`: only these; empty: all */
  readonly allowlist?: readonly string[];
  /** client option `driver.denylist` */
  readonly denylist?: readonly string[];
}

export interface DriverDependencies {
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly log: Logger;
  /** MHz of one core of this machine */
  readonly coreMhz: number;
}

type Factory = (config: PluginConfig, deps: DriverDependencies) => TaskDriver;

/** Every driver there is, in the order in which they are listed to users. */
const factories: Readonly<Record<string, Factory>> = {
  mock_driver: (config, deps) => {
    const fields = { enabled: boolField(), fs_isolation: stringField() };
    const { enabled, fs_isolation } = readConfig('config of plugin mock_driver', fields, config);
    return new MockDriver({ enabled, fsIsolation: readIsolation(fs_isolation) }, deps);
  },
  raw_exec: (config, deps) => {
    const fields = { enabled: boolField(), no_cgroups: boolField() };
    const { enabled, no_cgroups } = readConfig('config of plugin raw_exec', fields, config);
    return new RawExecDriver({ enabled, noCgroups: no_cgroups }, deps);
  },
};

/** Names of all drivers that this program has. */
export const driverNames: readonly string[] = Object.keys(factories);

export class DriverRegistry {
  readonly #drivers: ReadonlyMap<string, TaskDriver>;

  /** @throws AppError `invalid` for a plugin block that the driver does not understand. */
  constructor(options: DriverRegistryOptions, deps: DriverDependencies) {
    const { allowlist = [], denylist = [] } = options;
    const drivers = new Map<string, TaskDriver>();
    for (const [name, make] of Object.entries(factories)) {
      const allowed = (allowlist.length === 0 || allowlist.includes(name)) && !denylist.includes(name);
      const log = deps.log.child(name);
      const driver = make(options.plugins[name] ?? {}, { ...deps, log });
      if (allowed) drivers.set(name, driver);
    }
    this.#drivers = drivers;
  }

  get drivers(): readonly TaskDriver[] {
    return [...this.#drivers.values()];
  }

  get names(): readonly string[] {
    return [...this.#drivers.keys()];
  }

  /** @throws AppError `not-found` that lists the drivers there are. */
  get(name: string): TaskDriver {
    const driver = this.#drivers.get(name);
    if (driver) return driver;
    const near = nearest(name, this.names);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    throw new AppError(
      'not-found',
      `unknown driver ${JSON.stringify(name)}: this client has ${this.names.join(', ') || 'none'}${hint}`,
    );
  }

  /** Asks all drivers at once. One that fails is unhealthy; the others are not held up by it. */
  async fingerprintAll(signal: AbortSignal): Promise<ReadonlyMap<string, DriverFingerprint>> {
    const entries = this.drivers.map(async (driver): Promise<[string, DriverFingerprint]> => {
      try {
        return [driver.name, await driver.fingerprint(signal)];
      } catch (error) {
        const description = AppError.from(error).message;
        return [driver.name, { health: 'unhealthy', description, attributes: {} }];
      }
    });
    return new Map(await Promise.all(entries));
  }
}
