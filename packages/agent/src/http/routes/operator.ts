// SPDX-License-Identifier: MPL-2.0
import {
  Operator_RaftGetConfiguration,
  Operator_SchedulerGetConfiguration,
  Operator_SchedulerSetConfiguration,
  Operator_SnapshotRestore,
  Operator_SnapshotSave,
  type routes,
  type SnapshotSaveResponse,
} from '@serai/api';
import { AppError } from '#base';
import { frameError, type RpcStream } from '#rpc';
import type { HandlersOf } from '../request/call.ts';
import { empty, json } from '../response/outcome.ts';

/** Bytes of one frame of a state archive on its way to the server. */
const archivePieceBytes = 64 * 1024;

export const operatorHandlers: HandlersOf<typeof routes.operator> = {
  raftConfiguration: async (call) => {
    const reply = await call.services.rpc.call(Operator_RaftGetConfiguration, call.read(), call);
    return json(reply, { Index: reply.Index });
  },

  schedulerConfiguration: async (call) => {
    const reply = await call.services.rpc.call(Operator_SchedulerGetConfiguration, call.read(), call);
    return json(reply, reply);
  },

  setSchedulerConfiguration: async (call) => {
    const { cas } = call.query;
    const Config = cas === undefined ? call.body : { ...call.body, ModifyIndex: cas };
    const args = { ...call.write(), Config, CAS: cas !== undefined };
    const reply = await call.services.rpc.call(Operator_SchedulerSetConfiguration, args, call);
    return json(reply, { Index: reply.Index });
  },

  snapshotSave: async (call) => {
    const stream = await call.services.rpc.stream(Operator_SnapshotSave, call.read(), {
      signal: call.signal,
    });
    const frames = stream.frames()[Symbol.asyncIterator]();
    const first = await frames.next();
    if (first.done) throw new AppError('internal', 'the server sent no snapshot');
    const failure = frameError(first.value);
    if (failure) throw failure;
    const { SnapshotChecksum } = first.value as SnapshotSaveResponse;
    return {
      kind: 'stream',
      source: archive(frames, stream),
      contentType: 'application/gzip',
      headers: { Digest: SnapshotChecksum },
    };
  },

  snapshotRestore: async (call) => {
    const stream = await call.services.rpc.stream(Operator_SnapshotRestore, call.write(), {
      signal: call.signal,
    });
    try {
      for await (const chunk of call.bodyStream()) {
        for (let at = 0; at < chunk.length; at += archivePieceBytes)
          await stream.send({ Error: null, Payload: chunk.subarray(at, at + archivePieceBytes) });
      }
      await stream.send({ Error: { Message: 'EOF', Code: null }, Payload: null });
      for await (const frame of stream.frames()) {
        const failure = frameError(frame);
        if (failure) throw failure;
        break;
      }
    } finally {
      stream.close();
    }
    return empty();
  },
};

async function* archive(frames: AsyncIterator<unknown>, stream: RpcStream): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await frames.next(); !next.done; next = await frames.next())
      yield next.value as Uint8Array;
  } finally {
    stream.close();
  }
}
