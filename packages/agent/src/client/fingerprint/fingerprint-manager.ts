// SPDX-License-Identifier: MPL-2.0
// Runs the fingerprinters: all once before the node registers, the periodic ones and the drivers from then on.

import { type Clock, type Logger, TaskSet } from '#base';
import type { HostReader } from '../host/host-reader.ts';
import type { ClientOptions } from '../options.ts';
import type { DriverChange, DriverFingerprints, DriverState } from './driver-fingerprints.ts';
import { type Fingerprint, type Fingerprinter, mergeFingerprints } from './fingerprinter.ts';
import { nameFilter } from './name-filter.ts';

/** How often drivers are asked for their health. */
export const driverPeriodMs = 30_000;

export interface FingerprintDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  readonly host: HostReader;
  readonly drivers: DriverFingerprints;
  readonly fingerprinters: readonly Fingerprinter[];
  /** something about the node is different now */
  readonly onChange: () => void;
  readonly onDriverChange: (change: DriverChange) => void;
}

export class FingerprintManager {
  readonly #options: ClientOptions;
  readonly #deps: FingerprintDependencies;
  readonly #work: TaskSet;
  readonly #fingerprinters: readonly Fingerprinter[];
  readonly #parts: Fingerprint[];

  constructor(options: ClientOptions, dependencies: FingerprintDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
    const allowed = nameFilter(options.options, 'fingerprint');
    this.#fingerprinters = dependencies.fingerprinters.filter((item) => allowed(item.name));
    this.#parts = this.#fingerprinters.map(() => ({}));
  }

  get merged(): Fingerprint {
    return mergeFingerprints(this.#parts);
  }
  get drivers(): ReadonlyMap<string, DriverState> {
    return this.#deps.drivers.states;
  }

  async start(): Promise<void> {
    await Promise.all([
      ...this.#fingerprinters.map((_, index) => this.#detect(index)),
      this.#deps.drivers.refresh(this.#work.signal),
    ]);
    for (const [index, { periodMs }] of this.#fingerprinters.entries()) {
      if (periodMs > 0)
        this.#repeat(this.#fingerprinters[index]?.name ?? '', periodMs, () => this.#detect(index));
    }
    this.#repeat('drivers', driverPeriodMs, () => this.#refreshDrivers());
  }

  async stop(): Promise<void> {
    await this.#work.stop();
  }

  #repeat(name: string, periodMs: number, round: () => Promise<boolean>): void {
    this.#work.run(`fingerprint ${name}`, async (signal) => {
      while (!signal.aborted) {
        await this.#deps.clock.sleep(periodMs, signal);
        if (await round()) this.#deps.onChange();
      }
    });
  }

  /** True when the result differs from the last one. A failure keeps the last one. */
  async #detect(index: number): Promise<boolean> {
    const fingerprinter = this.#fingerprinters[index];
    if (!fingerprinter) return false;
    try {
      const found = await fingerprinter.detect({ host: this.#deps.host, options: this.#options });
      const changed = JSON.stringify(found) !== JSON.stringify(this.#parts[index]);
      this.#parts[index] = found;
      return changed;
    } catch (error) {
      this.#deps.log.warn('fingerprint failed', { fingerprint: fingerprinter.name, error });
      return false;
    }
  }

  async #refreshDrivers(): Promise<boolean> {
    const before = JSON.stringify([...this.drivers]);
    for (const change of await this.#deps.drivers.refresh(this.#work.signal))
      this.#deps.onDriverChange(change);
    return JSON.stringify([...this.drivers]) !== before;
  }
}
