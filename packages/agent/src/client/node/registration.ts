// SPDX-License-Identifier: MPL-2.0
// Keeps the servers informed that this node exists, what it has and that it is alive.
//
//   register (until it works) → heartbeat at the TTL the servers give … → node not found: register again

import type { Node, NodeUpdateResponse } from '@serai/api';
import { make, Node_Register, Node_UpdateStatus } from '@serai/api';
import { AppError, type Clock, type Logger, type Metrics, type Random, TaskSet } from '#base';
import type { RpcCaller } from '#rpc';
import { Notifier } from '../alloc-runner/notifier.ts';
import { devRetryMs, firstHeartbeatMs, heartbeatRetryMs, retryMs, spread } from './retry.ts';

const nsPerMs = 1_000_000;
/** A call that takes longer than this is given up and tried again. */
const callTimeoutMs = 30_000;

export interface RegistrationOptions {
  readonly region: string;
  readonly devMode: boolean;
}

export interface RegistrationDependencies {
  readonly rpc: RpcCaller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** as it is now */
  readonly node: () => Node;
  /** addresses of the region's servers, as the servers tell them */
  readonly onServers: (addresses: readonly string[]) => void;
}

/** What the agent shows of its connection to the servers. */
export interface RegistrationStatus {
  readonly registered: boolean;
  /** "ready" once a heartbeat was answered */
  readonly nodeStatus: 'initializing' | 'ready';
  readonly heartbeatTtlMs: number;
  /** Unix milliseconds; undefined: never */
  readonly lastHeartbeatMs: number | undefined;
  readonly eligibility: string;
}

export class Registration {
  readonly #options: RegistrationOptions;
  readonly #deps: RegistrationDependencies;
  readonly #work: TaskSet;
  readonly #wake = new Notifier();
  readonly #progress = new Notifier();
  #registered = false;
  /** servers have seen this node at least once: calls carry its secret */
  #known = false;
  /** the node is another one than the servers know */
  #dirty = false;
  /** it is, and more changes may come in the next seconds */
  #collecting = false;
  #ttlMs = 0;
  #expiresMs: number | undefined;
  #lastHeartbeatMs: number | undefined;
  #eligibility = 'eligible';
  #nodes = 1;

  constructor(options: RegistrationOptions, dependencies: RegistrationDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
  }

  get status(): RegistrationStatus {
    return {
      registered: this.#registered,
      nodeStatus: this.#lastHeartbeatMs === undefined ? 'initializing' : 'ready',
      heartbeatTtlMs: this.#ttlMs,
      lastHeartbeatMs: this.#lastHeartbeatMs,
      eligibility: this.#eligibility,
    };
  }

  async start(): Promise<void> {
    this.#work.run('registration', (signal) => this.#loop(signal));
  }
  async stop(): Promise<void> {
    await this.#work.stop();
  }

  /** Resolves once the servers know the node. */
  async untilRegistered(signal: AbortSignal): Promise<void> {
    while (!this.#registered) await this.#progress.next(signal);
  }

  /** The node changed: tell the servers, together with what changes in the next seconds. */
  nodeChanged(): void {
    if (this.#collecting || !this.#registered) return;
    this.#collecting = true;
    this.#work.run('node update', async (signal) => {
      const { clock, random } = this.#deps;
      await clock.sleep(this.#delay(retryMs.reregister, random), signal);
      this.#collecting = false;
      this.#dirty = true;
      this.#wake.notify();
    });
  }

  /** The servers don't know this node (any more). */
  forgotten(): void {
    this.#registered = false;
    this.#wake.notify();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    let registerAtMs = 0;
    let heartbeatAtMs = 0;
    while (!signal.aborted) {
      const toRegister = !this.#registered || this.#dirty;
      if (toRegister && clock.monotonicMs() >= registerAtMs) {
        const wasRegistered = this.#registered;
        const waitMs = await this.#register(signal);
        const nowMs = clock.monotonicMs();
        if (!this.#registered || this.#dirty) registerAtMs = nowMs + waitMs;
        else if (!wasRegistered) heartbeatAtMs = nowMs + waitMs;
      } else if (this.#registered && clock.monotonicMs() >= heartbeatAtMs) {
        const waitMs = await this.#heartbeat(signal);
        heartbeatAtMs = clock.monotonicMs() + waitMs;
        if (!this.#registered) registerAtMs = 0;
      } else {
        const dueMs = Math.min(
          toRegister ? registerAtMs : Number.POSITIVE_INFINITY,
          this.#registered ? heartbeatAtMs : Number.POSITIVE_INFINITY,
        );
        const woken = await this.#sleep(dueMs - clock.monotonicMs(), signal);
        // told anew: what had to wait before need not now
        if (woken) registerAtMs = 0;
      }
    }
  }

  /** Milliseconds until the next try, or until the first heartbeat. */
  async #register(signal: AbortSignal): Promise<number> {
    const { rpc, random, log, node } = this.#deps;
    this.#dirty = false;
    const current = node();
    try {
      const reply = await rpc.call(
        Node_Register,
        make(Node_Register.request, {
          Node: current,
          Region: this.#options.region,
          AuthToken: this.#known ? current.SecretID : '',
        }),
        { signal, timeoutMs: callTimeoutMs },
      );
      const first = !this.#registered;
      this.#registered = true;
      this.#known = true;
      this.#accept(reply);
      this.#progress.notify();
      if (first) log.info('node registration complete', { node_id: current.ID });
      return this.#options.devMode ? 0 : firstHeartbeatMs(this.#nodes, random);
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = AppError.from(error);
      if (failure.message.includes('Permission denied')) this.#known = false;
      else this.#dirty = this.#registered;
      log.warn('node registration failed', { error: failure.message });
      return this.#delay(failure.code === 'unavailable' ? retryMs.noServer : retryMs.register, random);
    }
  }

  async #heartbeat(signal: AbortSignal): Promise<number> {
    const { rpc, clock, random, log, node, metrics } = this.#deps;
    const { ID, SecretID } = node();
    const beganMs = clock.monotonicMs();
    try {
      const reply = await rpc.call(
        Node_UpdateStatus,
        make(Node_UpdateStatus.request, {
          NodeID: ID,
          Status: 'ready',
          Region: this.#options.region,
          AuthToken: SecretID,
        }),
        { signal, timeoutMs: callTimeoutMs },
      );
      if (reply.Index !== 0 && this.#lastHeartbeatMs !== undefined)
        log.warn('servers had marked the node as down', { req_latency_ms: clock.monotonicMs() - beganMs });
      this.#lastHeartbeatMs = clock.nowMs();
      this.#accept(reply);
      this.#progress.notify();
      return this.#ttlMs;
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = AppError.from(error);
      metrics.incr('nomad.client.rpc.request_error');
      log.warn('heartbeat failed', { error: failure.message });
      if (failure.message.toLowerCase().includes('node not found')) {
        this.#registered = false;
        return 0;
      }
      if (this.#options.devMode) return spread(devRetryMs, random);
      return heartbeatRetryMs({
        expiresMs: this.#expiresMs,
        nowMs: clock.monotonicMs(),
        leaderless: failure.message.includes('No cluster leader'),
        random,
      });
    }
  }

  #accept(reply: NodeUpdateResponse): void {
    this.#ttlMs = Math.max(1, reply.HeartbeatTTL / nsPerMs);
    this.#expiresMs = this.#deps.clock.monotonicMs() + this.#ttlMs;
    this.#nodes = Math.max(1, reply.NumNodes);
    if (reply.SchedulingEligibility !== '') this.#eligibility = reply.SchedulingEligibility;
    const servers = (reply.Servers ?? []).map((server) => server.RPCAdvertiseAddr).filter((a) => a !== '');
    if (servers.length > 0) this.#deps.onServers(servers);
  }

  #delay(baseMs: number, random: Random): number {
    return spread(this.#options.devMode ? Math.min(baseMs, devRetryMs) : baseMs, random);
  }

  /** True when `wake` ended it. */
  async #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    const end = new AbortController();
    const either = AbortSignal.any([signal, end.signal]);
    try {
      return await Promise.race([
        this.#deps.clock.sleep(ms, either).then(() => false),
        this.#wake.next(either).then(() => true),
      ]);
    } finally {
      end.abort();
    }
  }
}
