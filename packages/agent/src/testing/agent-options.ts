// SPDX-License-Identifier: MPL-2.0
// Options of an agent for tests: server and client in one, every port free, everything below one directory.

import { join } from 'node:path';
import type { AgentOptions } from '#agent';
import { clientDefaults } from '#client';
import { defaultEvalBrokerOptions, type ServerOptions } from '#server';

const version = { serai: '0.0.0-test', nomad: '1.6.5' };

export function testServerOptions(overrides: Partial<ServerOptions> = {}): ServerOptions {
  const local = { host: '127.0.0.1', port: 0 };
  return {
    region: 'global',
    datacenter: 'dc1',
    name: 'test',
    serverId: '00000000-0000-4000-8000-000000000001',
    rpcBind: local,
    rpcAdvertise: local,
    serfAdvertise: local,
    version,
    numSchedulers: 2,
    enabledSchedulers: ['service', 'batch', 'system', 'sysbatch'],
    jobMaxPriority: 100,
    jobDefaultPriority: 50,
    jobMaxSourceBytes: 1024 * 1024,
    jobTrackedVersions: 6,
    jobMaxCount: 50_000,
    heartbeat: { minTtlMs: 10_000, maxPerSecond: 50, graceMs: 10_000, failoverTtlMs: 300_000 },
    evalBroker: defaultEvalBrokerOptions,
    gc: {
      intervalMs: 300_000,
      jobThresholdMs: 14_400_000,
      evalThresholdMs: 3_600_000,
      batchEvalThresholdMs: 86_400_000,
      deploymentThresholdMs: 3_600_000,
      nodeThresholdMs: 86_400_000,
    },
    events: { enabled: true, bufferSize: 100 },
    search: { fuzzyEnabled: true, limitQuery: 20, limitResults: 100, minTermLength: 2 },
    limits: { handshakeTimeoutMs: 5_000, maxConnsPerClient: 100 },
    ...overrides,
  };
}

/** `directory` must exist and belong to the test. Tasks are killed when the agent stops. */
export function testAgentOptions(directory: string, overrides: Partial<AgentOptions> = {}): AgentOptions {
  return {
    name: 'test',
    region: 'global',
    datacenter: 'dc1',
    dataDir: join(directory, 'data'),
    temporaryData: false,
    dev: true,
    server: testServerOptions(),
    client: {
      ...clientDefaults,
      nodeName: 'test',
      version: version.serai,
      httpAddr: '127.0.0.1:0',
      stateDir: join(directory, 'data/client'),
      allocDir: join(directory, 'data/alloc'),
      networkInterface: 'lo',
      devMode: true,
      destroyAllocsOnStop: true,
    },
    servers: [],
    drivers: { plugins: { raw_exec: { enabled: true }, mock_driver: { enabled: true } } },
    http: { addresses: [{ host: '127.0.0.1', port: 0 }], region: 'global' },
    log: { level: 'info', json: false, file: '', rotateBytes: 0, rotateMs: 0, maxFiles: 0 },
    telemetry: { prometheus: true, hostLabel: 'test', intervalMs: 10_000 },
    version,
    shownConfig: {},
    ...overrides,
  };
}
