// SPDX-License-Identifier: MPL-2.0
// A stream of a version 2 multiplexed connection: its first byte says what it carries.

import type { Duplex } from 'node:stream';
import type { RpcContext } from '../context.ts';
import { type MessageLimits, selector } from '../limits.ts';
import type { ByteBudget } from '../wire/byte-budget.ts';
import { ObjectReader } from '../wire/object-reader.ts';
import { type ServeDependencies, serveCalls } from './serve-calls.ts';
import { serveStreaming } from './serve-streaming.ts';

export interface StreamOrigin {
  readonly origin: RpcContext['origin'];
  readonly remoteAddress: string;
  readonly bindNode: (nodeId: string) => void;
}

export interface IncomingStream {
  readonly stream: Duplex;
  /** `first-byte`: read it from the stream. */
  readonly carries: 'calls' | 'streaming' | 'first-byte';
  readonly from: StreamOrigin;
  readonly limits: MessageLimits;
  readonly budget: ByteBudget;
}

/** Returns when the stream is done; `unknown` when its first byte says nothing. Never throws. */
export async function serveStream(
  incoming: IncomingStream,
  dependencies: ServeDependencies,
): Promise<'done' | 'unknown'> {
  const { stream, from } = incoming;
  const gone = new AbortController();
  const reader = new ObjectReader(stream, incoming.limits, incoming.budget);
  reader.whenEnded(() => gone.abort());
  const context: RpcContext = { ...from, signal: gone.signal };
  let { carries } = incoming;
  if (carries === 'first-byte') {
    const byte = await reader.byte().catch(() => undefined);
    if (byte === undefined) {
      stream.destroy();
      return 'done';
    }
    if (byte !== selector.rpc && byte !== selector.streaming) {
      stream.destroy();
      return 'unknown';
    }
    carries = byte === selector.rpc ? 'calls' : 'streaming';
  }
  const served = { stream, reader, context };
  if (carries === 'calls') await serveCalls(served, dependencies);
  else await serveStreaming(served, dependencies);
  return 'done';
}
