// SPDX-License-Identifier: MPL-2.0
// Saving and restoring the whole state over a stream.

import { Readable } from 'node:stream';
import {
  make,
  type SnapshotRestoreResponse as Restored,
  SnapshotRestoreResponse,
  SnapshotSaveResponse,
  type StreamErrWrapper,
} from '@serai/api';
import { AppError } from '#base';
import type { RpcStream } from '#rpc';
import { readArchive, writeArchive } from '#state';
import type { ServerContext } from './context.ts';

/** Largest archive a restore takes, in bytes. */
export const maxArchiveBytes = 8 * 2 ** 30;

/** The caller marks the end of the archive with an Error frame of this text. */
const endOfArchive = 'EOF';

export async function saveSnapshot(context: ServerContext, stream: RpcStream): Promise<void> {
  const archive = await writeArchive(context);
  const head = make(SnapshotSaveResponse, {
    SnapshotChecksum: archive.checksum,
    Index: archive.index,
    KnownLeader: true,
  });
  await stream.send(head);
  for await (const piece of archive.body) await stream.send(piece);
}

export async function restoreSnapshot(
  context: ServerContext,
  stream: RpcStream,
  signal: AbortSignal,
): Promise<void> {
  await readArchive(context, Readable.from(pieces(stream, signal)));
  const reply: Restored = make(SnapshotRestoreResponse, { Index: context.store.index, KnownLeader: true });
  await stream.send(reply);
}

async function* pieces(stream: RpcStream, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const frame of stream.frames()) {
    signal.throwIfAborted();
    const { Error: end, Payload: payload } = frame as StreamErrWrapper;
    if (end) {
      if (end.Message === endOfArchive) return;
      throw new AppError('invalid', `the archive broke off: ${end.Message}`);
    }
    if (!payload) continue;
    total += payload.length;
    if (total > maxArchiveBytes)
      throw new AppError('limit', `the archive is larger than ${maxArchiveBytes} bytes`);
    yield payload;
  }
  throw new AppError('invalid', 'the archive broke off before its end');
}
