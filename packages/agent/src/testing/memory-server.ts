// SPDX-License-Identifier: MPL-2.0
// A whole server over the memory engine, on a free port of the loopback. Without a client: nothing runs.

import { nullLogger, nullMetrics, systemClock, systemRandom } from '#base';
import { MemoryEngine } from '#engine';
import { defaultEvalBrokerOptions, Server, type ServerDependencies, type ServerOptions } from '#server';

const second = 1_000;
const hour = 3_600 * second;

export const memoryServerOptions: ServerOptions = {
  region: 'global',
  datacenter: 'dc1',
  name: 'test',
  serverId: '11111111-1111-4111-8111-111111111111',
  rpcBind: { host: '127.0.0.1', port: 0 },
  rpcAdvertise: { host: '127.0.0.1', port: 0 },
  serfAdvertise: { host: '127.0.0.1', port: 4648 },
  version: { serai: '0.1.0', nomad: '1.6.5' },
  numSchedulers: 1,
  enabledSchedulers: ['service', 'batch', 'system', 'sysbatch', '_core'],
  jobMaxPriority: 100,
  jobDefaultPriority: 50,
  jobMaxSourceBytes: 1_000_000,
  jobTrackedVersions: 6,
  jobMaxCount: 50_000,
  heartbeat: { minTtlMs: 10 * second, maxPerSecond: 50, graceMs: 10 * second, failoverTtlMs: 300 * second },
  evalBroker: defaultEvalBrokerOptions,
  gc: {
    intervalMs: hour,
    jobThresholdMs: 4 * hour,
    evalThresholdMs: hour,
    batchEvalThresholdMs: 24 * hour,
    deploymentThresholdMs: hour,
    nodeThresholdMs: 24 * hour,
  },
  events: { enabled: true, bufferSize: 100 },
  search: { fuzzyEnabled: true, limitQuery: 20, limitResults: 100, minTermLength: 2 },
  limits: { handshakeTimeoutMs: 5 * second, maxConnsPerClient: 100 },
};

/** Not started yet. */
export function memoryServer(
  overrides: {
    readonly options?: Partial<ServerOptions>;
    readonly dependencies?: Partial<ServerDependencies>;
  } = {},
): Server {
  return new Server(
    { ...memoryServerOptions, ...overrides.options },
    {
      engine: new MemoryEngine(),
      clock: systemClock,
      random: systemRandom,
      log: nullLogger,
      metrics: nullMetrics,
      ...overrides.dependencies,
    },
  );
}
