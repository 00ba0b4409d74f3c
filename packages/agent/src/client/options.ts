// SPDX-License-Identifier: MPL-2.0
// What the composition root hands to the client: compiled configuration and the things it works with.

import type { Clock, Logger, Metrics, Random } from '#base';
import type { TaskDriver } from '#drivers';
import type { RpcCaller } from '#rpc';
import type { Supervisor } from '#supervisor';
import type { HostReader } from './host/host-reader.ts';

export interface HostVolumeOptions {
  readonly path: string;
  readonly readOnly: boolean;
}

export interface HostNetworkOptions {
  /** addresses inside this network belong to it; empty: by interface */
  readonly cidr: string;
  readonly interface: string;
  /** like "22,80,8500-8600" */
  readonly reservedPorts: string;
}

/** What is kept back for the host itself. */
export interface ReservedOptions {
  readonly cpuMhz: number;
  readonly cores: readonly number[];
  readonly memoryMb: number;
  readonly diskMb: number;
  /** like "22,80,8500-8600" */
  readonly ports: string;
}

export interface GcOptions {
  /** between two looks at disk and number of allocations */
  readonly intervalMs: number;
  /** terminal allocations go when the disk of allocDir is fuller than this */
  readonly diskUsagePercent: number;
  readonly inodeUsagePercent: number;
  /** … or when more allocations than this are kept */
  readonly maxAllocs: number;
  /** destroyed at the same time */
  readonly parallelDestroys: number;
}

export interface ClientOptions {
  readonly region: string;
  readonly datacenter: string;
  /** Name of the node; empty: the host name. */
  readonly nodeName: string;
  readonly nodeClass: string;
  readonly nodePool: string;
  readonly meta: Readonly<Record<string, string>>;
  /** `host:port` where this agent's HTTP API can be reached */
  readonly httpAddr: string;
  readonly tlsEnabled: boolean;
  /** Serai's own version, e.g. "0.1.0" */
  readonly version: string;

  /** absolute; node id, secret and what is needed to re-attach to tasks. Made with mode 0700. */
  readonly stateDir: string;
  /** absolute; one directory per allocation */
  readonly allocDir: string;

  readonly reserved: ReservedOptions;
  /** 0: as detected */
  readonly cpuTotalComputeMhz: number;
  /** 0: as detected */
  readonly memoryTotalMb: number;
  /** 0: as detected */
  readonly diskTotalMb: number;
  /** 0: as detected */
  readonly diskFreeMb: number;
  /** cores that tasks may reserve; null: all */
  readonly reservableCores: readonly number[] | null;

  /** empty: the interface of the default route */
  readonly networkInterface: string;
  /** Mbit/s; 0: as the interface says, else 1000 */
  readonly networkSpeedMbits: number;
  readonly hostNetworks: Readonly<Record<string, HostNetworkOptions>>;
  readonly hostVolumes: Readonly<Record<string, HostVolumeOptions>>;
  readonly minDynamicPort: number;
  readonly maxDynamicPort: number;
  readonly cniPath: string;
  readonly bridgeHairpinMode: boolean;
  readonly cgroupParent: string;

  /** a task's kill_timeout is cut down to this */
  readonly maxKillTimeoutMs: number;
  /** the `options` map: allow and deny lists of drivers and fingerprints, user.denylist, … */
  readonly options: Readonly<Record<string, string>>;
  readonly gc: GcOptions;

  /** Dev mode: first heartbeat at once, link-local addresses and loopback allowed. */
  readonly devMode: boolean;
  /** Kill all tasks and remove their directories when the client stops (dev mode). */
  readonly destroyAllocsOnStop: boolean;

  /** period of the gauges and of the statistics behind them */
  readonly collectionIntervalMs: number;
  readonly publishAllocationMetrics: boolean;
  readonly publishNodeMetrics: boolean;
}

/** Drivers by name. The drivers module's registry has this shape. */
export interface TaskDrivers {
  readonly names: readonly string[];
  /** @throws AppError when there is no such driver on this client. */
  get(name: string): TaskDriver;
}

export interface ClientDependencies {
  /** to the servers: in process on a server agent, dialled on a client-only agent */
  readonly rpc: RpcCaller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly drivers: TaskDrivers;
  /** finds processes that were started but never noted; without it only drivers end them */
  readonly supervisor?: Pick<Supervisor, 'attach'>;
  /** addresses of the region's servers, from their answers; for a caller that dials them */
  readonly onServers?: (addresses: readonly string[]) => void;
  /** how to look at this machine; left out: the real one */
  readonly host?: HostReader;
}

/** Nomad's defaults for everything that has one; what is left is what only the agent knows. */
export const clientDefaults = {
  region: 'global',
  datacenter: 'dc1',
  nodeName: '',
  nodeClass: '',
  nodePool: 'default',
  meta: {},
  httpAddr: '',
  tlsEnabled: false,
  reserved: { cpuMhz: 0, cores: [], memoryMb: 0, diskMb: 0, ports: '' },
  cpuTotalComputeMhz: 0,
  memoryTotalMb: 0,
  diskTotalMb: 0,
  diskFreeMb: 0,
  reservableCores: null,
  networkInterface: '',
  networkSpeedMbits: 0,
  hostNetworks: {},
  hostVolumes: {},
  minDynamicPort: 20_000,
  maxDynamicPort: 32_000,
  cniPath: '/opt/cni/bin',
  bridgeHairpinMode: false,
  cgroupParent: '',
  maxKillTimeoutMs: 30_000,
  options: {},
  gc: {
    intervalMs: 60_000,
    diskUsagePercent: 80,
    inodeUsagePercent: 70,
    maxAllocs: 50,
    parallelDestroys: 2,
  },
  devMode: false,
  destroyAllocsOnStop: false,
  collectionIntervalMs: 1_000,
  publishAllocationMetrics: false,
  publishNodeMetrics: false,
} as const satisfies Omit<ClientOptions, 'version' | 'stateDir' | 'allocDir'>;
