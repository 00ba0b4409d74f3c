// SPDX-License-Identifier: MPL-2.0
// Events of this node ("driver became unhealthy") on their way to the servers.

import type { NodeEvent } from '@serai/api';
import { make, Node_EmitEvents, NodeEvent as NodeEventSchema } from '@serai/api';
import { type Clock, type Logger, type Random, TaskSet } from '#base';
import type { RpcCaller } from '#rpc';
import { Notifier } from '../alloc-runner/notifier.ts';
import { retryMs, spread } from './retry.ts';

/** Kept until they could be sent; older ones go first, as on the servers. */
export const maxPendingEvents = 10;

export interface NodeEventInput {
  readonly subsystem: 'Driver' | 'Cluster' | 'Storage';
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
}

export interface NodeEventsDependencies {
  readonly rpc: RpcCaller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** resolves once the servers know this node */
  readonly registered: (signal: AbortSignal) => Promise<void>;
}

export class NodeEvents {
  readonly #options: { readonly region: string; readonly nodeId: string; readonly secretId: string };
  readonly #deps: NodeEventsDependencies;
  readonly #work: TaskSet;
  readonly #added = new Notifier();
  #pending: readonly NodeEvent[] = [];

  constructor(
    options: { readonly region: string; readonly nodeId: string; readonly secretId: string },
    dependencies: NodeEventsDependencies,
  ) {
    this.#options = options;
    this.#deps = dependencies;
    this.#work = new TaskSet(dependencies.log);
  }

  add(input: NodeEventInput): void {
    const event = make(NodeEventSchema, {
      Message: input.message,
      Subsystem: input.subsystem,
      Details: { ...input.details },
      Timestamp: this.#deps.clock.nowIso(),
    });
    this.#pending = [...this.#pending, event].slice(-maxPendingEvents);
    this.#added.notify();
  }

  async start(): Promise<void> {
    this.#work.run('node events', (signal) => this.#loop(signal));
  }
  async stop(): Promise<void> {
    await this.#work.stop();
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, random, rpc, log, registered } = this.#deps;
    const { nodeId, region, secretId } = this.#options;
    while (!signal.aborted) {
      if (this.#pending.length === 0) await this.#added.next(signal);
      await clock.sleep(spread(retryMs.events, random), signal);
      await registered(signal);
      const sending = this.#pending;
      try {
        await rpc.call(
          Node_EmitEvents,
          make(Node_EmitEvents.request, {
            NodeEvents: { [nodeId]: sending },
            Region: region,
            AuthToken: secretId,
          }),
          { signal, timeoutMs: 30_000 },
        );
        this.#pending = this.#pending.filter((event) => !sending.includes(event));
      } catch (error) {
        if (!signal.aborted) log.warn('node events could not be sent', { error });
      }
    }
  }
}
