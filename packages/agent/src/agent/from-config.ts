// SPDX-License-Identifier: MPL-2.0
// The compiled configuration in the terms of the agent's parts.

import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError, type LogLevel, type Random } from '#base';
import { type ClientOptions, clientDefaults } from '#client';
import { type CompiledConfig, splitHostPort } from '#config';
import type { HttpOptions } from '#http';
import { defaultEvalBrokerOptions, type ServerOptions } from '#server';
import { uiDirectory } from './install-paths.ts';
import type { AgentOptions } from './options.ts';
import { plainObject } from './plain-value.ts';
import { refuseWhatIsMissing } from './refusals.ts';
import { shownConfig } from './shown-config.ts';

export interface FromConfig {
  readonly version: { readonly serai: string; readonly nomad: string };
  readonly random: Random;
  /** processors of this machine, for the number of schedulers */
  readonly cpus: number;
}

const defaultRpcPort = 4647;
const allSchedulers = ['service', 'batch', 'system', 'sysbatch'];
/** Schedulers that work at once where server.num_schedulers says nothing; fewer on a machine with fewer processors. */
const maxWorkers = 4;

/** @throws AppError for a configuration that can't run here. */
export function agentOptions(config: CompiledConfig, from: FromConfig): AgentOptions {
  if (!config.server.enabled && !config.client.enabled) {
    throw new AppError('invalid', 'Must specify either server, client or dev mode for the agent.');
  }
  refuseWhatIsMissing(config);
  const temporaryData = config.dataDir === '' && config.dev;
  const dataDir = temporaryData ? join(tmpdir(), `serai-dev-${from.random.uuid()}`) : resolve(config.dataDir);
  if (config.dataDir === '' && !config.dev) {
    throw new AppError('invalid', 'Must specify "data_dir" config option or "data-dir" CLI flag');
  }
  return {
    name: config.name,
    region: config.region,
    datacenter: config.datacenter,
    dataDir,
    temporaryData,
    dev: config.dev,
    server: config.server.enabled ? serverOptions(config, from) : null,
    client: config.client.enabled ? clientOptions(config, { dataDir, version: from.version.serai }) : null,
    servers: serverAddresses(config),
    drivers: {
      plugins: Object.fromEntries(
        Object.entries(config.plugin).map(([name, plugin]) => [name, plainObject(plugin.config)]),
      ),
      allowlist: listOption(config, 'driver.allowlist', 'driver.whitelist'),
      denylist: listOption(config, 'driver.denylist', 'driver.blacklist'),
    },
    http: httpOptions(config),
    log: {
      level: config.logLevel.toLowerCase() as LogLevel,
      json: config.logJson,
      file: config.logFile,
      rotateBytes: config.logRotateBytes,
      rotateMs: config.logRotateDurationMs,
      maxFiles: config.logRotateMaxFiles,
    },
    telemetry: {
      prometheus: config.telemetry.prometheusMetrics,
      hostLabel: config.telemetry.disableHostname ? '' : config.name,
      intervalMs: config.telemetry.inMemoryCollectionIntervalMs,
    },
    version: from.version,
    shownConfig: shownConfig(config, from.version),
  };
}

function hostPort(address: string, fallbackPort: number): { host: string; port: number } {
  const split = splitHostPort(address);
  if (!split)
    throw new AppError('invalid', `${JSON.stringify(address)} is no address: write host or host:port`);
  return { host: split.host, port: split.port ?? fallbackPort };
}

function serverOptions(config: CompiledConfig, from: FromConfig): ServerOptions {
  const { server } = config;
  return {
    region: config.region,
    datacenter: config.datacenter,
    name: config.name,
    serverId: '',
    rpcBind: { host: config.bind.rpc, port: config.ports.rpc },
    rpcAdvertise: hostPort(config.advertised.rpc, config.ports.rpc),
    serfAdvertise: hostPort(config.advertised.serf, config.ports.serf),
    version: from.version,
    numSchedulers:
      server.numSchedulers > 0 ? server.numSchedulers : Math.min(maxWorkers, Math.max(1, from.cpus)),
    enabledSchedulers: server.enabledSchedulers.length > 0 ? server.enabledSchedulers : allSchedulers,
    jobMaxPriority: server.jobMaxPriority,
    jobDefaultPriority: server.jobDefaultPriority,
    jobMaxSourceBytes: server.jobMaxSourceSizeBytes,
    jobTrackedVersions: server.jobTrackedVersions,
    jobMaxCount: server.jobMaxCount,
    heartbeat: {
      minTtlMs: server.minHeartbeatTtlMs,
      maxPerSecond: server.maxHeartbeatsPerSecond,
      graceMs: server.heartbeatGraceMs,
      failoverTtlMs: server.failoverHeartbeatTtlMs,
    },
    evalBroker: defaultEvalBrokerOptions,
    gc: {
      intervalMs: server.jobGcIntervalMs,
      jobThresholdMs: server.jobGcThresholdMs,
      evalThresholdMs: server.evalGcThresholdMs,
      batchEvalThresholdMs: server.batchEvalGcThresholdMs,
      deploymentThresholdMs: server.deploymentGcThresholdMs,
      nodeThresholdMs: server.nodeGcThresholdMs,
    },
    events: { enabled: server.enableEventBroker, bufferSize: server.eventBufferSize },
    search: {
      fuzzyEnabled: server.search.fuzzyEnabled,
      limitQuery: server.search.limitQuery,
      limitResults: server.search.limitResults,
      minTermLength: server.search.minTermLength,
    },
    limits: {
      handshakeTimeoutMs: config.limits.rpcHandshakeTimeoutMs,
      maxConnsPerClient: config.limits.rpcMaxConnsPerClient,
    },
  };
}

function clientOptions(config: CompiledConfig, of: { dataDir: string; version: string }): ClientOptions {
  const { client, telemetry } = config;
  return {
    ...clientDefaults,
    region: config.region,
    datacenter: config.datacenter,
    nodeName: config.name,
    nodeClass: client.nodeClass,
    nodePool: client.nodePool,
    meta: client.meta,
    httpAddr: config.advertised.http,
    version: of.version,
    stateDir: client.stateDir === '' ? join(of.dataDir, 'client') : resolve(client.stateDir),
    allocDir: client.allocDir === '' ? join(of.dataDir, 'alloc') : resolve(client.allocDir),
    reserved: {
      cpuMhz: client.reserved.cpu,
      cores: numbers(client.reserved.cores),
      memoryMb: client.reserved.memory,
      diskMb: client.reserved.disk,
      ports: client.reserved.reservedPorts,
    },
    cpuTotalComputeMhz: client.cpuTotalCompute,
    memoryTotalMb: client.memoryTotalMb,
    diskTotalMb: client.diskTotalMb,
    diskFreeMb: client.diskFreeMb,
    reservableCores: client.reservableCores === '' ? null : numbers(client.reservableCores),
    networkInterface: client.networkInterface,
    networkSpeedMbits: client.networkSpeed,
    hostNetworks: Object.fromEntries(
      Object.entries(client.hostNetwork).map(([name, network]) => [
        name,
        { cidr: network.cidr, interface: network.interface, reservedPorts: network.reservedPorts },
      ]),
    ),
    hostVolumes: Object.fromEntries(
      Object.entries(client.hostVolume).map(([name, volume]) => [
        name,
        { path: volume.path, readOnly: volume.readOnly },
      ]),
    ),
    minDynamicPort: client.minDynamicPort,
    maxDynamicPort: client.maxDynamicPort,
    cniPath: client.cniPath,
    bridgeHairpinMode: client.bridgeNetworkHairpinMode,
    cgroupParent: client.cgroupParent,
    maxKillTimeoutMs: client.maxKillTimeoutMs,
    options: client.options,
    gc: {
      intervalMs: client.gcIntervalMs,
      diskUsagePercent: client.gcDiskUsageThreshold,
      inodeUsagePercent: client.gcInodeUsageThreshold,
      maxAllocs: client.gcMaxAllocs,
      parallelDestroys: client.gcParallelDestroys,
    },
    devMode: config.dev,
    destroyAllocsOnStop: config.dev,
    collectionIntervalMs: telemetry.collectionIntervalMs,
    publishAllocationMetrics: telemetry.publishAllocationMetrics,
    publishNodeMetrics: telemetry.publishNodeMetrics,
  };
}

/** `0-2,5` as single numbers. */
function numbers(ranges: string): number[] {
  const out: number[] = [];
  for (const range of ranges.split(',').map((each) => each.trim())) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (!match) continue;
    const first = Number(match[1]);
    for (let n = first; n <= Number(match[2] ?? first); n++) out.push(n);
  }
  return out;
}

function listOption(config: CompiledConfig, ...names: readonly string[]): string[] {
  const text = names.map((name) => config.client.options[name]).find((value) => value !== undefined) ?? '';
  return text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

function serverAddresses(config: CompiledConfig): string[] {
  const { servers } = config.client;
  const { client } = config.join;
  const all = [...servers, ...client.retryJoin, ...client.startJoin];
  return [...new Set(all)].map((address) => {
    const { host, port } = hostPort(address, defaultRpcPort);
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  });
}

function httpOptions(config: CompiledConfig): HttpOptions {
  const ui = config.ui.enabled ? uiDirectory() : undefined;
  return {
    addresses: config.bind.http.map((host) => ({ host, port: config.ports.http })),
    region: config.region,
    maxConnectionsPerClient: config.limits.httpMaxConnsPerClient,
    responseHeaders: config.httpApiResponseHeaders,
    ...(ui === undefined ? {} : { uiDirectory: ui }),
  };
}
