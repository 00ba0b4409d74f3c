// SPDX-License-Identifier: MPL-2.0
// The client as a whole: builds its parts, starts them in order and stops them in reverse.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostStats, Node } from '@serai/api';
import { Lifecycle, type Logger, must, TaskSet } from '#base';
import type { Router } from '#rpc';
import type { AllocRunner } from './alloc-runner/alloc-runner.ts';
import { Allocs } from './allocs.ts';
import { mustStop } from './disconnect-stop.ts';
import { checkNode, registerAllocations } from './endpoints/allocations.ts';
import { registerClientStats } from './endpoints/client-stats.ts';
import { FileSystemEndpoint } from './endpoints/file-system.ts';
import { timer } from './endpoints/timed.ts';
import { fingerprinters } from './fingerprint/detectors/list.ts';
import { DriverFingerprints } from './fingerprint/driver-fingerprints.ts';
import { FingerprintManager } from './fingerprint/fingerprint-manager.ts';
import { nameFilter } from './fingerprint/name-filter.ts';
import { Collector } from './gc/collector.ts';
import type { HostReader } from './host/host-reader.ts';
import { systemHost } from './host/system-host.ts';
import { buildNode } from './node/node-builder.ts';
import { NodeEvents } from './node/node-events.ts';
import { loadNodeIdentity, type NodeIdentity } from './node/node-identity.ts';
import { Registration, type RegistrationStatus } from './node/registration.ts';
import type { ClientDependencies, ClientOptions } from './options.ts';
import { Orphans } from './orphans.ts';
import { HostStatsCollector } from './stats/host-stats.ts';
import { StatsPublisher } from './stats/publisher.ts';
import { AllocStore } from './store/alloc-store.ts';
import { AllocSync } from './sync/alloc-sync.ts';
import { AllocWatcher } from './sync/alloc-watcher.ts';

/** How often groups with a limit on silence are looked at. */
const silenceCheckMs = 1_000;

/** The parts that exist while the client runs. */
interface Parts {
  readonly identity: NodeIdentity;
  readonly fingerprints: FingerprintManager;
  readonly registration: Registration;
  readonly events: NodeEvents;
  readonly allocs: Allocs;
  readonly sync: AllocSync;
  readonly watcher: AllocWatcher;
  readonly collector: Collector;
  readonly hostStats: HostStatsCollector;
  readonly publisher: StatsPublisher;
}

export class Client {
  readonly #options: ClientOptions;
  readonly #deps: ClientDependencies;
  readonly #log: Logger;
  readonly #host: HostReader;
  readonly #lifecycle: Lifecycle;
  readonly #work: TaskSet;
  readonly #orphans: Orphans;
  #parts: Parts | undefined;
  #node: Node | undefined;
  #startedMs = 0;
  #swept = false;

  constructor(options: ClientOptions, dependencies: ClientDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#log = dependencies.log;
    this.#host = dependencies.host ?? systemHost;
    this.#lifecycle = new Lifecycle(this.#log);
    this.#work = new TaskSet(this.#log);
    this.#orphans = new Orphans({ supervisor: dependencies.supervisor, log: this.#log });
  }

  /** Resolves when tasks of a former life are taken over and the loops run; the servers need not be there yet. */
  async start(): Promise<void> {
    const { stateDir, allocDir } = this.#options;
    this.#startedMs = this.#deps.clock.nowMs();
    await mkdir(allocDir, { recursive: true, mode: 0o711 });
    const identity = await loadNodeIdentity(stateDir, this.#deps.random);
    await mkdir(this.#taskStateDir, { recursive: true, mode: 0o700 });
    const parts = this.#build(identity);
    this.#parts = parts;
    await this.#lifecycle.start('fingerprints', parts.fingerprints);
    this.#node = this.#buildNode(parts);
    await parts.allocs.restore();
    this.#lifecycle.onStop('allocations', () => this.#stopAllocs(parts));
    await this.#lifecycle.start('alloc sync', parts.sync);
    await this.#lifecycle.start('node events', parts.events);
    await this.#lifecycle.start('registration', parts.registration);
    await this.#lifecycle.start('alloc watcher', parts.watcher);
    await this.#lifecycle.start('collector', parts.collector);
    await this.#lifecycle.start('statistics', parts.publisher);
    this.#lifecycle.onStop('client', () => this.#work.stop());
    this.#work.run('disconnect check', (signal) => this.#watchSilence(parts, signal));
  }

  /** Leaves the tasks running, unless the options say otherwise. */
  async stop(): Promise<void> {
    await this.#lifecycle.stop();
  }

  get nodeId(): string {
    return this.#running.identity.nodeId;
  }
  /** As registered. */
  get node(): Node {
    return must(this.#node, 'node of the client');
  }
  get status(): RegistrationStatus {
    return this.#running.registration.status;
  }
  get allocationCount(): number {
    return this.#running.allocs.size;
  }
  hostStats(): Promise<HostStats> {
    return this.#running.hostStats.latest();
  }

  /** Serves this node's calls on a router: the one that servers reach over our connection, and the local one. */
  register(router: Router): void {
    const runner = (allocId: string): AllocRunner => this.#running.allocs.get(allocId);
    const { clock, metrics } = this.#deps;
    const timed = timer(clock, metrics);
    new FileSystemEndpoint({ clock, timed, runner }).register(router);
    registerAllocations(router, {
      timed,
      checkNode: (nodeId) => checkNode(nodeId, this.nodeId),
      runner,
      collect: (allocId) => this.#running.allocs.collect(allocId),
      collectAll: () => this.#running.collector.collectAll(),
    });
    registerClientStats(router, {
      timed,
      checkNode: (nodeId) => checkNode(nodeId, this.nodeId),
      stats: () => this.hostStats(),
    });
  }

  get #running(): Parts {
    return must(this.#parts, 'parts of a started client');
  }
  get #taskStateDir(): string {
    return join(this.#options.stateDir, 'tasks');
  }

  #build(identity: NodeIdentity): Parts {
    const { rpc, clock, random, metrics } = this.#deps;
    const options = this.#options;
    const fingerprints = this.#buildFingerprints();
    const registration = new Registration(options, {
      rpc,
      clock,
      random,
      metrics,
      log: this.#log,
      node: () => this.node,
      onServers: this.#deps.onServers ?? (() => {}),
    });
    const registered = (signal: AbortSignal): Promise<void> => registration.untilRegistered(signal);
    const shared = { rpc, clock, random, registered };
    const id = { region: options.region, ...identity };
    const events = new NodeEvents(id, { ...shared, log: this.#log });
    const sync = new AllocSync(id, { ...shared, log: this.#log.child('alloc_sync') });
    const allocs = this.#buildAllocs(sync);
    const watcher = new AllocWatcher(
      { ...id, devMode: options.devMode },
      {
        ...shared,
        log: this.#log.child('alloc_watcher'),
        onForgotten: () => registration.forgotten(),
        indexes: () => allocs.indexes(),
        apply: (changes) => {
          allocs.apply(changes);
          this.#sweepOnce(allocs);
          if (changes.diff.added.length > 0) this.#work.run('make room', () => collector.keepRoom());
        },
      },
    );
    const collector = new Collector(
      { ...options.gc, allocDir: options.allocDir },
      { clock, log: this.#log.child('gc'), host: this.#host, allocs },
    );
    const hostStats = new HostStatsCollector(
      {
        allocDir: options.allocDir,
        totalMhz: () => this.#node?.NodeResources?.Cpu.CpuShares ?? 0,
      },
      { host: this.#host, clock },
    );
    const publisher = new StatsPublisher(options, {
      clock,
      log: this.#log,
      metrics,
      host: hostStats,
      allocs,
      node: () => this.node,
      status: () => registration.status,
    });
    return {
      identity,
      fingerprints,
      registration,
      events,
      allocs,
      sync,
      watcher,
      collector,
      hostStats,
      publisher,
    };
  }

  #buildFingerprints(): FingerprintManager {
    const { clock, drivers } = this.#deps;
    const log = this.#log.child('fingerprint_mgr');
    return new FingerprintManager(this.#options, {
      clock,
      log,
      host: this.#host,
      fingerprinters,
      drivers: new DriverFingerprints(this.#options, { drivers, clock, log }),
      onChange: () => this.#nodeChanged(),
      onDriverChange: ({ driver, description, healthy }) =>
        this.#parts?.events.add({
          subsystem: 'Driver',
          message: description !== '' ? description : healthy ? 'Healthy' : 'Unhealthy',
          details: { driver },
        }),
    });
  }

  #buildAllocs(sync: AllocSync): Allocs {
    const { clock, random, metrics, drivers } = this.#deps;
    const orphans = this.#orphans;
    const { region, allocDir, maxKillTimeoutMs, options, stateDir } = this.#options;
    const log = this.#log.child('alloc_runner');
    return new Allocs(
      { region, allocDir, maxKillTimeoutMs, options, taskStateDir: this.#taskStateDir },
      {
        clock,
        random,
        metrics,
        log,
        drivers,
        driverAllowed: nameFilter(options, 'driver'),
        node: () => this.node,
        reap: (taskStateDir) => orphans.reap(taskStateDir),
        store: new AllocStore({ stateDir }, { log }),
        sync,
      },
    );
  }

  /** Once the servers have said what belongs here: ends what does not. */
  #sweepOnce(allocs: Allocs): void {
    if (this.#swept) return;
    this.#swept = true;
    const isKnown = (allocId: string): boolean => allocs.isLocal(allocId);
    this.#work.run('orphans', () => this.#orphans.sweep(this.#taskStateDir, isKnown));
  }

  #buildNode(parts: Parts): Node {
    return buildNode({
      options: this.#options,
      identity: parts.identity,
      fingerprint: parts.fingerprints.merged,
      drivers: parts.fingerprints.drivers,
    });
  }

  #nodeChanged(): void {
    const parts = this.#parts;
    if (!parts) return;
    this.#node = this.#buildNode(parts);
    parts.registration.nodeChanged();
  }

  async #stopAllocs(parts: Parts): Promise<void> {
    if (this.#options.destroyAllocsOnStop) await parts.allocs.destroyAll();
    else await parts.allocs.detach();
  }

  async #watchSilence(parts: Parts, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(silenceCheckMs, signal);
      const silentMs = clock.nowMs() - (parts.registration.status.lastHeartbeatMs ?? this.#startedMs);
      for (const runner of parts.allocs.runners()) {
        if (!runner.isOver && mustStop(runner.alloc, silentMs)) runner.stop();
      }
    }
  }
}
