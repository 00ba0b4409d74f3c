// SPDX-License-Identifier: MPL-2.0
// Writing to a stream with backpressure, and ending one without losing what was written.

import type { Duplex } from 'node:stream';
import type { Clock } from '#base';
import { connectionError } from '../wire-error.ts';

/** Time for the other side to close after it was sent everything. */
const lingerMs = 5_000;
/** Time for the other side to take what is still unsent. */
const flushMs = 300_000;

/** Resolves when the stream has room again; rejects when it is gone. */
export async function send(stream: Duplex, bytes: Buffer): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw connectionError('lost', 'EOF');
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const onDrain = (): void => {
      stream.removeListener('close', onClose);
      resolve();
    };
    const onClose = (): void => {
      stream.removeListener('drain', onDrain);
      reject(connectionError('lost', 'EOF'));
    };
    stream.once('drain', onDrain);
    stream.once('close', onClose);
  });
}

/** Says that nothing more will come, and frees the stream when the other side has closed too or takes too long. */
export function finish(stream: Duplex, clock: Clock): void {
  if (stream.destroyed) return;
  const destroy = (): void => {
    stream.destroy();
  };
  let timer = clock.after(flushMs, destroy, { unref: true });
  stream.once('close', () => timer.cancel());
  stream.end(() => {
    timer.cancel();
    if (!stream.destroyed) timer = clock.after(lingerMs, destroy, { unref: true });
  });
  stream.resume();
}
