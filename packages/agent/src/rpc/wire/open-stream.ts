// SPDX-License-Identifier: MPL-2.0
// The caller's handshake of a streaming call: method, acknowledgement, request.

import type { Duplex } from 'node:stream';
import type { StreamMethod } from '@serai/api';
import { AppError, type Clock, decodeMsgpack, encodeMsgpack, MsgpackWriter, writeMsgpack } from '#base';
import type { RpcStream } from '../caller.ts';
import { deadline } from '../deadline.ts';
import type { MessageLimits } from '../limits.ts';
import { connectionError, fromWireText } from '../wire-error.ts';
import { StreamingAck, StreamingRequest } from './envelope.ts';
import { ObjectReader } from './object-reader.ts';
import { send } from './send.ts';
import { WireStream } from './wire-stream.ts';

/** Time for the acknowledgement of a streaming call. */
const handshakeMs = 30_000;

export interface OpenStreamOptions {
  readonly prelude: Buffer;
  readonly limits: MessageLimits;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Destroys the stream when it fails. Aborting the signal later closes the call. */
export async function openStream(
  stream: Duplex,
  call: { readonly method: StreamMethod; readonly args: Record<string, unknown> },
  options: OpenStreamOptions,
): Promise<RpcStream> {
  const { method, args } = call;
  const { clock, signal } = options;
  const reader = new ObjectReader(stream, options.limits);
  const limit = deadline(clock, { timeoutMs: handshakeMs, ...(signal ? { signal } : {}) }, method.name);
  try {
    await limit.race(handshake({ stream, reader, method, args, prelude: options.prelude }));
  } catch (error) {
    stream.destroy();
    throw AppError.from(error);
  } finally {
    limit.done();
  }
  const gone = new AbortController();
  reader.whenEnded(() => gone.abort());
  const opened = new WireStream('caller', method, { stream, reader, clock, gone: gone.signal });
  if (signal) {
    const onAbort = (): void => opened.close();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', onAbort));
  }
  return opened;
}

async function handshake(call: {
  stream: Duplex;
  reader: ObjectReader;
  method: StreamMethod;
  args: Record<string, unknown>;
  prelude: Buffer;
}): Promise<void> {
  const writer = new MsgpackWriter();
  writer.encoded(call.prelude);
  writeMsgpack(writer, StreamingRequest, { Method: call.method.name });
  await send(call.stream, writer.finish());
  const object = await call.reader.next();
  if (!object) throw connectionError('lost', 'EOF');
  const { Error: text } = decodeMsgpack(StreamingAck, object.bytes);
  if (text !== '') throw fromWireText(text);
  await send(call.stream, encodeMsgpack(call.method.request, call.args));
}
