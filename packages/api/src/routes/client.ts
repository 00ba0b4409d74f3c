// SPDX-License-Identifier: MPL-2.0
// Routes that end at a client: files, logs, statistics and actions on running allocations.

import { AllocFileInfo, AllocResourceUsage, HostStats } from '../objects/stats.ts';
import { GenericResponse } from '../rpc/method.ts';
import { bool, list, str, struct } from '../schema.ts';
import { flag, flagOn, signedWhole, text, textOr } from './query.ts';
import {
  body,
  byteResponse,
  emptyResponse,
  type HttpMethod,
  json,
  noBody,
  optionalBody,
  read,
  route,
  type Security,
  smallBodyBytes,
  streamResponse,
  write,
} from './route.ts';

/** Nomad looks at no method here. */
const anyMethod: readonly HttpMethod[] = ['GET', 'PUT', 'POST'];
/** The api client's choice comes first. */
const anyWrite: readonly HttpMethod[] = ['PUT', 'POST', 'GET'];

export const AllocRestartBody = struct('', { TaskName: str, AllTasks: bool });
export const AllocSignalBody = struct('', { Task: str, Signal: str });

const readFs: Security = {
  callers: 'user',
  capability: 'namespace:read-fs',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'read',
};
const readFsStream: Security = { ...readFs, rate: 'stream' };
const lifecycle: Security = {
  callers: 'user',
  capability: 'namespace:alloc-lifecycle',
  bodyLimitBytes: smallBodyBytes,
  rate: 'write',
  audit: 'write',
};
const plain = { request: noBody, blocking: false, paginated: false, cors: true } as const;
const files = { ...plain, methods: read, security: readFs } as const;

export const clientRoutes = {
  stats: route({
    ...plain,
    name: 'client.stats',
    methods: anyMethod,
    path: '/v1/client/stats',
    query: { node_id: text },
    response: json(HostStats),
    security: { ...readFs, capability: 'node:read' },
  }),
  gc: route({
    name: 'client.gc',
    methods: anyWrite,
    path: '/v1/client/gc',
    query: { node_id: text },
    request: noBody,
    response: emptyResponse,
    blocking: false,
    paginated: false,
    security: { ...lifecycle, capability: 'node:write', rate: 'expensive' },
  }),
  allocStats: route({
    ...plain,
    name: 'client.alloc-stats',
    methods: anyMethod,
    path: '/v1/client/allocation/:id/stats',
    query: { task: text },
    response: json(AllocResourceUsage),
    security: { ...readFs, capability: 'namespace:read-job' },
  }),
  allocGc: route({
    ...plain,
    name: 'client.alloc-gc',
    methods: anyWrite,
    path: '/v1/client/allocation/:id/gc',
    query: {},
    response: emptyResponse,
    security: { ...lifecycle, capability: 'namespace:submit-job' },
  }),
  allocRestart: route({
    ...plain,
    name: 'client.alloc-restart',
    methods: anyWrite,
    path: '/v1/client/allocation/:id/restart',
    query: {},
    request: optionalBody(AllocRestartBody),
    response: json(GenericResponse),
    security: lifecycle,
  }),
  allocSignal: route({
    ...plain,
    name: 'client.alloc-signal',
    methods: write,
    path: '/v1/client/allocation/:id/signal',
    query: {},
    request: body(AllocSignalBody),
    response: json(GenericResponse),
    security: lifecycle,
  }),
} as const;

export const fsRoutes = {
  list: route({
    ...files,
    name: 'fs.list',
    path: '/v1/client/fs/ls/:id',
    query: { path: textOr('/') },
    response: json(list(AllocFileInfo)),
  }),
  stat: route({
    ...files,
    name: 'fs.stat',
    path: '/v1/client/fs/stat/:id',
    query: { path: text },
    response: json(AllocFileInfo),
  }),
  cat: route({
    ...files,
    name: 'fs.cat',
    path: '/v1/client/fs/cat/:id',
    query: { path: text },
    response: byteResponse,
    security: readFsStream,
  }),
  readAt: route({
    ...files,
    name: 'fs.readat',
    path: '/v1/client/fs/readat/:id',
    query: { path: text, offset: signedWhole, limit: signedWhole },
    response: byteResponse,
    security: readFsStream,
  }),
  stream: route({
    ...files,
    name: 'fs.stream',
    path: '/v1/client/fs/stream/:id',
    query: { path: text, follow: flagOn, offset: signedWhole, origin: textOr('start') },
    response: streamResponse,
    security: readFsStream,
  }),
  logs: route({
    ...files,
    name: 'fs.logs',
    path: '/v1/client/fs/logs/:id',
    query: {
      task: text,
      type: text,
      follow: flag,
      plain: flag,
      offset: signedWhole,
      origin: textOr('start'),
    },
    response: streamResponse,
    security: { ...readFsStream, capability: 'namespace:read-logs or read-fs' },
  }),
} as const;
