// SPDX-License-Identifier: MPL-2.0
// What the agent knows of itself, and the status of its region.

import {
  Agent_Monitor,
  Region_List,
  type routes,
  Status_Leader,
  Status_Members,
  Status_Peers,
  System_GarbageCollect,
  System_ReconcileJobSummaries,
} from '@serai/api';
import { AppError, type LogLevel } from '#base';
import { payloads } from '#rpc';
import { metricsSummary } from '../metrics/json-summary.ts';
import { prometheusText, prometheusType } from '../metrics/prometheus.ts';
import type { HandlersOf } from '../request/call.ts';
import { jsonType, textType } from '../response/headers.ts';
import { monitorFrames } from '../response/monitor-frames.ts';
import { empty, json } from '../response/outcome.ts';

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

export const agentHandlers: HandlersOf<typeof routes.agent> = {
  self: (call) => json(call.services.agent.self()),

  members: async (call) => json(await call.services.rpc.call(Status_Members, call.read(), call)),

  servers: (call) => {
    const servers = call.services.agent.servers();
    if (servers === undefined) throw new AppError('unsupported', 'Invalid method');
    return json([...servers].sort());
  },

  setServers: async (call) => {
    const { agent } = call.services;
    if (agent.servers() === undefined) throw new AppError('unsupported', 'Invalid method');
    const addresses = call.query.address ?? [];
    if (addresses.length === 0) throw new AppError('invalid', 'missing server address');
    await agent.setServers(addresses);
    return empty();
  },

  health: (call) => {
    const { type } = call.query;
    if (type !== undefined && type !== 'server' && type !== 'client')
      throw new AppError('invalid', `invalid type parameter: '${type}' (must be client or server)`);
    const { server, client } = call.services.agent.health();
    const wanted = {
      ...(client && type !== 'server' ? { client } : {}),
      ...(server && type !== 'client' ? { server } : {}),
    };
    const modes = Object.values(wanted);
    if (type !== undefined && modes.length === 0) {
      const missing = { [type]: { ok: false, message: `${type} not enabled` } };
      return { kind: 'json', value: missing, status: 500 };
    }
    return { kind: 'json', value: wanted, status: modes.every((mode) => mode.ok) ? 200 : 500 };
  },

  monitor: async (call) => {
    const { log_level, log_json, log_include_location, node_id = '', server_id = '', plain } = call.query;
    const level = levels.find((known) => known === log_level.toLowerCase());
    if (!level) throw new AppError('invalid', `Unknown log level: ${log_level}`);
    if (node_id !== '' && server_id !== '')
      throw new AppError('invalid', 'Cannot target node and server simultaneously');
    const contentType = plain ? textType : jsonType;
    const { agent, rpc, clock } = call.services;
    if ((node_id === '' && server_id === '') || node_id === agent.nodeId()) {
      const lines = agent.monitor({ level, json: log_json }, call.signal);
      return { kind: 'stream', source: monitorFrames(lines, { plain, clock }), contentType };
    }
    const args = {
      ...call.read(),
      LogLevel: level,
      LogJSON: log_json,
      LogIncludeLocation: log_include_location,
      NodeID: node_id,
      ServerID: server_id,
      PlainText: plain,
    };
    const stream = await rpc.stream(Agent_Monitor, args, { signal: call.signal });
    call.signal.addEventListener('abort', () => stream.close(), { once: true });
    return { kind: 'stream', source: payloads(stream), contentType };
  },

  metrics: (call) => {
    const { agent } = call.services;
    const { interval, totals, labels } = agent.metrics();
    if (call.query.format !== 'prometheus') return json(metricsSummary(interval, labels));
    if (!agent.prometheus) throw new AppError('unsupported', 'Prometheus is not enabled', { status: 415 });
    return { kind: 'text', text: prometheusText(totals, labels), contentType: prometheusType };
  },
};

export const statusHandlers: HandlersOf<typeof routes.status> = {
  leader: async (call) => json(await call.services.rpc.call(Status_Leader, call.read(), call)),
  peers: async (call) => json((await call.services.rpc.call(Status_Peers, call.read(), call)) ?? []),
  regions: async (call) => json((await call.services.rpc.call(Region_List, call.read(), call)) ?? []),
};

export const systemHandlers: HandlersOf<typeof routes.system> = {
  gc: async (call) => {
    await call.services.rpc.call(System_GarbageCollect, call.read(), call);
    return empty();
  },
  reconcileSummaries: async (call) => {
    await call.services.rpc.call(System_ReconcileJobSummaries, call.read(), call);
    return empty();
  },
};
