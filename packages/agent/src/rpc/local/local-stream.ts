// SPDX-License-Identifier: MPL-2.0
// Two ends of a stream inside one process: frames pass by reference, nothing is encoded.

import type { RpcStream } from '../caller.ts';
import { FrameQueue } from './frame-queue.ts';

export interface StreamEnds {
  readonly caller: RpcStream;
  readonly callee: RpcStream;
  /** Aborted when the caller closed its end. */
  readonly callerGone: AbortSignal;
}

export function localStream(): StreamEnds {
  const toCallee = new FrameQueue();
  const toCaller = new FrameQueue();
  const gone = new AbortController();
  const closeCaller = (): void => {
    toCallee.end();
    toCaller.discard();
    gone.abort();
  };
  return {
    caller: {
      send: (frame) => toCallee.push(frame),
      frames: () => closingAfter(toCaller.read(), closeCaller),
      close: closeCaller,
    },
    callee: {
      send: (frame) => toCaller.push(frame),
      frames: () => toCallee.read(),
      close: () => {
        toCaller.end();
        toCallee.discard();
      },
    },
    callerGone: gone.signal,
  };
}

/** Whoever has read to the end of a call, or stopped reading, is done with it. */
async function* closingAfter(frames: AsyncIterable<unknown>, close: () => void): AsyncGenerator<unknown> {
  try {
    yield* frames;
  } finally {
    close();
  }
}
