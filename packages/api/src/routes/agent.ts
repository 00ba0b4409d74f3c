// SPDX-License-Identifier: MPL-2.0
// Routes answered by the agent that is asked, and the status of its region.

import { AgentMember } from '../objects/stats.ts';
import { Status_Members } from '../rpc/status.ts';
import { any, bool, float, int, list, map, opt, ptr, str, struct } from '../schema.ts';
import { flag, text, textOr, texts } from './query.ts';
import {
  emptyResponse,
  json,
  noBody,
  putOnly,
  read,
  route,
  type Security,
  smallBodyBytes,
  streamResponse,
  write,
} from './route.ts';

export const AgentSelf = struct('AgentSelf', {
  config: map(any),
  member: AgentMember,
  stats: map(map(str)),
});
const ModeHealth = struct('ModeHealth', { ok: bool, message: opt(str) });
export const AgentHealth = struct('AgentHealth', {
  client: opt(ptr(ModeHealth)),
  server: opt(ptr(ModeHealth)),
});

const SampledValue = struct('SampledValue', {
  Name: str,
  Count: int,
  Rate: float,
  Sum: float,
  Min: float,
  Max: float,
  Mean: float,
  Stddev: float,
  Labels: map(str),
});
export const MetricsSummary = struct('MetricsSummary', {
  Timestamp: str,
  Gauges: list(struct('GaugeValue', { Name: str, Value: float, Labels: map(str) })),
  Points: list(struct('PointValue', { Name: str, Points: list(float) })),
  Counters: list(SampledValue),
  Samples: list(SampledValue),
});

const open: Security = {
  callers: 'anyone',
  capability: 'none',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'none',
};
const readAgent: Security = { ...open, callers: 'user', capability: 'agent:read', audit: 'read' };
const writeAgent: Security = {
  callers: 'user',
  capability: 'agent:write',
  bodyLimitBytes: smallBodyBytes,
  rate: 'write',
  audit: 'critical',
};
const reading = { methods: read, request: noBody, blocking: false, paginated: false } as const;

export const agentRoutes = {
  self: route({
    ...reading,
    name: 'agent.self',
    path: '/v1/agent/self',
    query: {},
    response: json(AgentSelf),
    security: readAgent,
  }),
  members: route({
    ...reading,
    name: 'agent.members',
    path: '/v1/agent/members',
    query: {},
    response: json(Status_Members.reply),
    security: { ...readAgent, capability: 'node:read' },
  }),
  servers: route({
    ...reading,
    name: 'agent.servers',
    path: '/v1/agent/servers',
    query: {},
    response: json(list(str)),
    security: readAgent,
  }),
  setServers: route({
    name: 'agent.set-servers',
    methods: write,
    path: '/v1/agent/servers',
    query: { address: texts },
    request: noBody,
    response: emptyResponse,
    blocking: false,
    paginated: false,
    security: writeAgent,
  }),
  health: route({
    ...reading,
    name: 'agent.health',
    path: '/v1/agent/health',
    query: { type: text },
    response: json(AgentHealth),
    security: open,
  }),
  monitor: route({
    ...reading,
    name: 'agent.monitor',
    path: '/v1/agent/monitor',
    query: {
      log_level: textOr('INFO'),
      log_json: flag,
      log_include_location: flag,
      node_id: text,
      server_id: text,
      plain: flag,
    },
    response: streamResponse,
    security: { ...readAgent, rate: 'stream' },
  }),
  metrics: route({
    ...reading,
    name: 'agent.metrics',
    path: '/v1/metrics',
    query: { format: text },
    response: json(MetricsSummary),
    security: open,
  }),
} as const;

export const statusRoutes = {
  leader: route({
    ...reading,
    name: 'status.leader',
    path: '/v1/status/leader',
    query: {},
    response: json(str),
    security: open,
  }),
  peers: route({
    ...reading,
    name: 'status.peers',
    path: '/v1/status/peers',
    query: {},
    response: json(list(str)),
    security: open,
  }),
  regions: route({
    ...reading,
    name: 'status.regions',
    path: '/v1/regions',
    query: {},
    response: json(list(str)),
    security: open,
  }),
} as const;

const maintain = {
  methods: putOnly,
  query: {},
  request: noBody,
  response: emptyResponse,
  blocking: false,
  paginated: false,
  security: { ...writeAgent, capability: 'management', rate: 'expensive' },
} as const;

export const systemRoutes = {
  gc: route({ ...maintain, name: 'system.gc', path: '/v1/system/gc' }),
  reconcileSummaries: route({
    ...maintain,
    name: 'system.reconcile-summaries',
    path: '/v1/system/reconcile/summaries',
  }),
} as const;
