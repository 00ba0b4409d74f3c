// SPDX-License-Identifier: MPL-2.0
// Writing to a stream with backpressure, and ending one without losing what was written.

import type { Duplex } from 'node:stream';
import type { Clock } from '#base';
import { connectionError } from '../wire-error.ts';

/** Time for the other side to close after it was sent everything. */
const lingerMs = 5_000;
/** Time for the other side to take what is still unsent. */
const flushMs = 300_000;

/**
 * Resolves when the stream has room again; rejects when it is gone. With `gone`: a peer that has closed its half may
 * never make room, so waiting ends then.
 */
export async function send(stream: Duplex, bytes: Buffer, gone?: AbortSignal): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw connectionError('lost', 'EOF');
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      stream.removeListener('drain', onDrain);
      stream.removeListener('close', onGone);
      gone?.removeEventListener('abort', onGone);
    };
    const onDrain = (): void => {
      settle();
      resolve();
    };
    const onGone = (): void => {
      settle();
      reject(connectionError('lost', 'EOF'));
    };
    stream.once('drain', onDrain);
    stream.once('close', onGone);
    if (gone?.aborted) onGone();
    else gone?.addEventListener('abort', onGone);
  });
}

/** Says that nothing more will come, and frees the stream when the other side has closed too or takes too long. */
export function finish(stream: Duplex, clock: Clock, gone?: AbortSignal): void {
  if (stream.destroyed) return;
  // Nobody takes what is unsent.
  if (gone?.aborted && stream.writableLength > 0) {
    stream.destroy();
    return;
  }
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
