// SPDX-License-Identifier: MPL-2.0
// What the composition root hands to a server.

import type { Clock, Logger, Metrics, Random } from '#base';
import type { Engine } from '#engine';
import type { EvalBrokerOptions } from './leader/eval-broker.ts';
import type { HeartbeatOptions } from './leader/heartbeats.ts';

/** How long terminal objects are kept. Milliseconds. */
export interface GcOptions {
  /** pause between two collections */
  readonly intervalMs: number;
  readonly jobThresholdMs: number;
  readonly evalThresholdMs: number;
  readonly batchEvalThresholdMs: number;
  readonly deploymentThresholdMs: number;
  readonly nodeThresholdMs: number;
}

export interface SearchOptions {
  readonly fuzzyEnabled: boolean;
  /** matching objects of one kind that a fuzzy search takes */
  readonly limitQuery: number;
  /** results of one kind in its answer */
  readonly limitResults: number;
  /** shorter texts are refused, in characters */
  readonly minTermLength: number;
}

export interface ServerOptions {
  readonly region: string;
  readonly datacenter: string;
  /** name of the agent; members are called `<name>.<region>` */
  readonly name: string;
  /** stable over restarts */
  readonly serverId: string;
  /** address of the RPC listener */
  readonly rpcBind: { readonly host: string; readonly port: number };
  /** `ip:port` that clients and other servers are told; empty port 0: as bound */
  readonly rpcAdvertise: { readonly host: string; readonly port: number };
  /** address and port that members show for gossip */
  readonly serfAdvertise: { readonly host: string; readonly port: number };
  /** versions that members and nodes show */
  readonly version: { readonly serai: string; readonly nomad: string };
  /** workers that process evaluations at the same time */
  readonly numSchedulers: number;
  readonly enabledSchedulers: readonly string[];
  readonly jobMaxPriority: number;
  readonly jobDefaultPriority: number;
  /** larger job specifications are refused, in bytes */
  readonly jobMaxSourceBytes: number;
  readonly jobTrackedVersions: number;
  /** allocations that all groups of a job may ask for together; 0: no limit */
  readonly jobMaxCount: number;
  readonly heartbeat: HeartbeatOptions;
  readonly evalBroker: EvalBrokerOptions;
  readonly gc: GcOptions;
  /** the event stream; `bufferSize`: commits kept for subscribers that ask for an earlier index */
  readonly events: { readonly enabled: boolean; readonly bufferSize: number };
  readonly search: SearchOptions;
  readonly limits: { readonly handshakeTimeoutMs: number; readonly maxConnsPerClient: number };
}

export interface ServerDependencies {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}
