// SPDX-License-Identifier: MPL-2.0
// What the endpoints and the leader's duties share.

import type { Clock, Logger, Metrics, Random } from '#base';
import type { Engine } from '#engine';
import type { NodeConnections } from '#rpc';
import type { StateStore, WriteLoop } from '#state';
import type { EventBroker } from './events/event-broker.ts';
import type { BlockedEvals } from './leader/blocked-evals.ts';
import type { EvalBroker } from './leader/eval-broker.ts';
import type { Heartbeats } from './leader/heartbeats.ts';
import type { ServerOptions } from './options.ts';

export interface ServerContext {
  readonly options: ServerOptions;
  readonly engine: Engine;
  readonly store: StateStore;
  readonly writes: WriteLoop;
  readonly broker: EvalBroker;
  readonly blocked: BlockedEvals;
  readonly heartbeats: Heartbeats;
  readonly nodes: NodeConnections;
  /** undefined: switched off */
  readonly events: EventBroker | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** `ip:port` of the RPC address that others use for this server */
  readonly rpcAddress: () => string;
  /** true once this server leads and its tables are current */
  readonly isLeader: () => boolean;
  /** aborted when this server stops: nothing waits any longer */
  readonly stopping: AbortSignal;
  /** runs a garbage collection of everything that is terminal, whatever its age */
  readonly collectAll: () => Promise<void>;
}
