// SPDX-License-Identifier: MPL-2.0
// Writes an endless body: waits for a slow reader, stops the source when the reader is gone.

import type { ServerResponse } from 'node:http';
import { AppError, type Clock } from '#base';
import { streamStallMs } from '../limits.ts';

export interface StreamHead {
  readonly headers: readonly string[];
  readonly clock: Clock;
}

/**
 * The head goes out with the first piece, so that a failure before it still becomes a status. A failure later cuts the
 * connection: a complete-looking answer would be a lie.
 */
export async function writeStream(
  response: ServerResponse,
  source: AsyncIterable<Uint8Array>,
  head: StreamHead,
): Promise<void> {
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(200, head.headers as string[]);
  };
  try {
    for await (const piece of source) {
      if (response.destroyed) return;
      begin();
      if (!response.write(piece)) await drained(response, head.clock);
    }
  } catch (error) {
    if (!response.headersSent) throw error;
    response.destroy();
    return;
  }
  if (response.destroyed) return;
  begin();
  response.end();
}

function drained(response: ServerResponse, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(streamStallMs, () => {
      response.destroy();
      done();
      reject(new AppError('timeout', 'the reader of a stream stopped reading'));
    });
    const done = (): void => {
      timer.cancel();
      response.off('drain', go).off('close', go);
    };
    const go = (): void => {
      done();
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
