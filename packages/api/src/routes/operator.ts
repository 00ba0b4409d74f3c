// SPDX-License-Identifier: MPL-2.0
// Routes for whoever runs the region: scheduler settings, servers, state archive.

import { SchedulerConfiguration } from '../objects/node.ts';
import {
  Operator_RaftGetConfiguration,
  Operator_SchedulerGetConfiguration,
  Operator_SchedulerSetConfiguration,
} from '../rpc/operator.ts';
import { whole } from './query.ts';
import {
  body,
  byteResponse,
  emptyResponse,
  json,
  noBody,
  read,
  route,
  type Security,
  smallBodyBytes,
  snapshotBodyBytes,
  streamBody,
  write,
} from './route.ts';

const readOperator: Security = {
  callers: 'user',
  capability: 'operator:read',
  bodyLimitBytes: 0,
  rate: 'read',
  audit: 'read',
};
const writeOperator: Security = {
  callers: 'user',
  capability: 'operator:write',
  bodyLimitBytes: smallBodyBytes,
  rate: 'write',
  audit: 'critical',
};

export const operatorRoutes = {
  raftConfiguration: route({
    name: 'operator.raft-configuration',
    methods: read,
    path: '/v1/operator/raft/configuration',
    query: {},
    request: noBody,
    response: json(Operator_RaftGetConfiguration.reply),
    blocking: false,
    paginated: false,
    security: { ...readOperator, capability: 'management' },
  }),
  schedulerConfiguration: route({
    name: 'operator.scheduler-configuration',
    methods: read,
    path: '/v1/operator/scheduler/configuration',
    query: {},
    request: noBody,
    response: json(Operator_SchedulerGetConfiguration.reply),
    blocking: false,
    paginated: false,
    security: readOperator,
  }),
  setSchedulerConfiguration: route({
    name: 'operator.set-scheduler-configuration',
    methods: write,
    path: '/v1/operator/scheduler/configuration',
    query: { cas: whole },
    request: body(SchedulerConfiguration),
    response: json(Operator_SchedulerSetConfiguration.reply),
    blocking: false,
    paginated: false,
    security: writeOperator,
  }),
  snapshotSave: route({
    name: 'operator.snapshot-save',
    methods: read,
    path: '/v1/operator/snapshot',
    query: {},
    request: noBody,
    response: byteResponse,
    blocking: false,
    paginated: false,
    security: { ...readOperator, capability: 'management', rate: 'stream', audit: 'critical' },
  }),
  snapshotRestore: route({
    name: 'operator.snapshot-restore',
    methods: write,
    path: '/v1/operator/snapshot',
    query: {},
    request: streamBody,
    response: emptyResponse,
    blocking: false,
    paginated: false,
    security: {
      ...writeOperator,
      capability: 'management',
      bodyLimitBytes: snapshotBodyBytes,
      rate: 'stream',
    },
  }),
} as const;
