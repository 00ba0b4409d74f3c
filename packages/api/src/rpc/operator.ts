// SPDX-License-Identifier: MPL-2.0
// Operator.*: how the region is run.

import { SchedulerConfiguration } from '../objects/node.ts';
import { bool, list, ptr, str, struct } from '../schema.ts';
import {
  GenericRequest,
  method,
  queryMeta,
  streamMethod,
  WriteRequest,
  writeMeta,
  writeRequest,
} from './method.ts';
import { SnapshotRestoreResponse, SnapshotSaveResponse, StreamErrWrapper } from './stream-frames.ts';

export const Operator_SchedulerGetConfiguration = method('Operator.SchedulerGetConfiguration', {
  request: GenericRequest,
  reply: struct('SchedulerConfigurationResponse', {
    SchedulerConfig: ptr(SchedulerConfiguration),
    ...queryMeta,
  }),
});
/** CAS: only when the stored configuration has Config.ModifyIndex. */
export const Operator_SchedulerSetConfiguration = method('Operator.SchedulerSetConfiguration', {
  request: struct('SchedulerSetConfigRequest', {
    Config: SchedulerConfiguration,
    CAS: bool,
    ...writeRequest,
  }),
  reply: struct('SchedulerSetConfigurationResponse', { Updated: bool, ...writeMeta }),
});
export const RaftServer = struct('RaftServer', {
  ID: str,
  Node: str,
  Address: str,
  Leader: bool,
  Voter: bool,
  RaftProtocol: str,
});
export const Operator_RaftGetConfiguration = method('Operator.RaftGetConfiguration', {
  request: GenericRequest,
  reply: struct('RaftConfigurationResponse', { Servers: list(RaftServer), ...writeMeta }),
});

/** One SnapshotSaveResponse, then the archive as raw bytes. */
export const Operator_SnapshotSave = streamMethod('Operator.SnapshotSave', {
  request: GenericRequest,
  receive: SnapshotSaveResponse,
  rawTail: true,
  failure: 'message',
});
/** The archive in Payload pieces, ended by a frame with Error.Message "EOF"; the answer is one frame. */
export const Operator_SnapshotRestore = streamMethod('Operator.SnapshotRestore', {
  request: WriteRequest,
  send: StreamErrWrapper,
  receive: SnapshotRestoreResponse,
  failure: 'message',
});
