// SPDX-License-Identifier: MPL-2.0
// Operator.*, System.*: scheduler configuration, the server list, snapshots, garbage collection.

import {
  Operator_RaftGetConfiguration,
  Operator_SchedulerGetConfiguration,
  Operator_SchedulerSetConfiguration,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  System_GarbageCollect,
  System_ReconcileJobSummaries,
} from '@serai/api';
import { AppError } from '#base';
import { reconcileSummaries, setSchedulerConfig } from '#state';
import type { ServerContext } from '../context.ts';
import { restoreSnapshot, saveSnapshot } from '../snapshot-stream.ts';
import {
  type Args,
  type Endpoint,
  endpoint,
  type Reply,
  reads,
  type StreamEndpoint,
  streamEndpoint,
  writes,
} from './endpoint.ts';
import { metaAt } from './query.ts';

export function operatorEndpoints(context: ServerContext): readonly Endpoint[] {
  const management = writes('management', 'none');
  return [
    endpoint(Operator_SchedulerGetConfiguration, { ...reads('operator:read'), namespace: 'none' }, () => {
      const snapshot = context.store.snapshot();
      return {
        SchedulerConfig: snapshot.schedulerConfig(),
        ...metaAt(snapshot.tableIndex('schedulerConfig')),
      };
    }),
    endpoint(Operator_SchedulerSetConfiguration, writes('operator:write', 'none'), (args) =>
      setConfiguration(context, args),
    ),
    endpoint(Operator_RaftGetConfiguration, { ...reads('management'), namespace: 'none' }, () => ({
      Servers: [
        {
          ID: context.options.serverId,
          Node: `${context.options.name}.${context.options.region}`,
          Address: context.rpcAddress(),
          Leader: context.isLeader(),
          Voter: true,
          RaftProtocol: '3',
        },
      ],
      Index: context.store.index,
    })),
    endpoint(System_GarbageCollect, { ...management, callers: ['user', 'server'] }, async () => {
      await context.collectAll();
      return { Index: context.store.index };
    }),
    endpoint(System_ReconcileJobSummaries, management, async () => {
      const { index } = await context.writes.write('reconcile job summaries', reconcileSummaries);
      return { Index: index };
    }),
  ];
}

async function setConfiguration(
  context: ServerContext,
  args: Args<typeof Operator_SchedulerSetConfiguration>,
): Promise<Reply<typeof Operator_SchedulerSetConfiguration>> {
  const { SchedulerAlgorithm: algorithm } = args.Config;
  if (!['', 'binpack', 'spread'].includes(algorithm)) {
    throw new AppError('invalid', `invalid scheduler algorithm: ${algorithm}: use binpack or spread`);
  }
  const config = { ...args.Config, SchedulerAlgorithm: algorithm === '' ? 'binpack' : algorithm };
  const check = args.CAS ? { checkIndex: args.Config.ModifyIndex } : {};
  const { index, result } = await context.writes.write('scheduler configuration', (tx) =>
    setSchedulerConfig(tx, config, check),
  );
  return { Updated: result, Index: index };
}

export function snapshotEndpoints(context: ServerContext): readonly StreamEndpoint[] {
  return [
    streamEndpoint(
      Operator_SnapshotSave,
      { ...reads('management'), namespace: 'none', rate: 'stream' },
      (_, stream) => saveSnapshot(context, stream),
    ),
    streamEndpoint(
      Operator_SnapshotRestore,
      { ...writes('management', 'none'), rate: 'stream' },
      (_, stream, rpc) => restoreSnapshot(context, stream, rpc.signal),
    ),
  ];
}
