// SPDX-License-Identifier: MPL-2.0
// What the HTTP API shows of the agent itself.

import { type AgentMember, formatDuration, millisecond } from '@serai/api';
import type { LogHub, MetricsRegistry } from '#base';
import type { Client } from '#client';
import type { AgentInfo, MonitorOptions } from '#http';
import type { ServersCaller } from '#rpc';
import { type Server, selfMember } from '#server';
import { monitorLog } from './log-monitor.ts';
import type { AgentOptions } from './options.ts';

export interface AgentParts {
  readonly options: AgentOptions;
  readonly hub: LogHub;
  readonly metrics: MetricsRegistry;
  /** undefined until they run, and on agents without the mode */
  readonly server: () => Server | undefined;
  readonly client: () => Client | undefined;
  readonly remoteServers: () => ServersCaller | undefined;
  readonly nowMs: () => number;
}

type Stats = Record<string, Record<string, string>>;

export function agentInfo(parts: AgentParts): AgentInfo {
  const { options, hub, metrics } = parts;
  return {
    self: () => ({ config: options.shownConfig, member: member(parts), stats: stats(parts) }),
    health: () => ({
      ...(options.server ? { server: serverHealth(parts.server()) } : {}),
      ...(options.client ? { client: clientHealth(parts.client()) } : {}),
    }),
    nodeId: () => parts.client()?.nodeId,
    servers: () => (options.client ? knownServers(parts) : undefined),
    setServers: async (addresses) => {
      parts.remoteServers()?.servers.replace(addresses);
    },
    metrics: () => {
      runtimeGauges(metrics);
      return {
        interval: metrics.interval(),
        totals: metrics.totals(),
        labels: options.telemetry.hostLabel === '' ? {} : { host: options.telemetry.hostLabel },
      };
    },
    prometheus: options.telemetry.prometheus,
    monitor: (wanted: MonitorOptions, signal) => monitorLog(hub, wanted, signal),
  };
}

function knownServers(parts: AgentParts): readonly string[] {
  const server = parts.server();
  if (server) return [server.context.rpcAddress()];
  return parts.remoteServers()?.servers.addresses ?? [];
}

function serverHealth(server: Server | undefined): { ok: boolean; message?: string } {
  if (!server?.context.isLeader()) return { ok: false, message: 'No cluster leader' };
  return { ok: true, message: 'ok' };
}

/** A client is well when it has reached a server within its heartbeat time. */
function clientHealth(client: Client | undefined): { ok: boolean; message?: string } {
  if (!client) return { ok: false, message: 'client is not running' };
  if (!client.status.registered) return { ok: false, message: 'client is not registered with any server' };
  return { ok: true, message: 'ok' };
}

function member(parts: AgentParts): AgentMember {
  const server = parts.server();
  if (server) return selfMember(server.context);
  return {
    Name: '',
    Addr: '',
    Port: 0,
    Tags: null,
    Status: 'none',
    ProtocolMin: 0,
    ProtocolMax: 0,
    ProtocolCur: 0,
    DelegateMin: 0,
    DelegateMax: 0,
    DelegateCur: 0,
  };
}

function stats(parts: AgentParts): Stats {
  const out: Stats = { runtime: runtimeStats(parts) };
  const server = parts.server();
  if (server) {
    const { context } = server;
    out['nomad'] = {
      server: 'true',
      leader: String(context.isLeader()),
      leader_addr: context.rpcAddress(),
      bootstrap: 'true',
      known_regions: '1',
    };
    out['raft'] = {
      state: context.isLeader() ? 'Leader' : 'Follower',
      last_log_index: String(context.store.index),
      applied_index: String(context.store.index),
      commit_index: String(context.store.index),
      num_peers: '0',
    };
    const broker = context.broker.stats();
    out['broker'] = {
      ready: String(broker.ready),
      unacked: String(broker.unacked),
      pending: String(broker.pending),
      waiting: String(broker.waiting),
    };
  }
  const client = parts.client();
  if (client) {
    out['client'] = {
      node_id: client.nodeId,
      known_servers: knownServers(parts).join(','),
      num_allocations: String(client.allocationCount),
      last_heartbeat: since(client.status.lastHeartbeatMs, parts.nowMs()),
      heartbeat_ttl: formatDuration(client.status.heartbeatTtlMs * millisecond),
    };
  }
  return out;
}

function since(timeMs: number | undefined, nowMs: number): string {
  return timeMs === undefined ? 'never' : formatDuration(Math.max(0, nowMs - timeMs) * millisecond);
}

function runtimeStats({ options }: AgentParts): Record<string, string> {
  return {
    version: process.version,
    arch: process.arch,
    os: process.platform,
    serai: options.version.serai,
    nomad: options.version.nomad,
    rss_bytes: String(process.memoryUsage.rss()),
    pid: String(process.pid),
  };
}

function runtimeGauges(metrics: MetricsRegistry): void {
  const memory = process.memoryUsage();
  metrics.gauge('nomad.runtime.rss_bytes', memory.rss);
  metrics.gauge('nomad.runtime.heap_bytes', memory.heapUsed);
  metrics.gauge('nomad.runtime.external_bytes', memory.external);
}
