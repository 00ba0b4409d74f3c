// SPDX-License-Identifier: MPL-2.0
// The callee's side of a streaming call: handshake, then the handler with the open stream.

import type { Schema } from '@serai/api';
import { AppError, decodeMsgpack, encodeMsgpack } from '#base';
import { explainUnknownStream, type StreamRoute } from '../router.ts';
import { failureFrame, runStreamHandler } from '../stream-failure.ts';
import { StreamingAck, StreamingRequest } from '../wire/envelope.ts';
import { finish, send } from '../wire/send.ts';
import { WireStream } from '../wire/wire-stream.ts';
import type { ServeDependencies, ServedStream } from './serve-calls.ts';

/** Returns when the stream is done; never throws. */
export async function serveStreaming(served: ServedStream, dependencies: ServeDependencies): Promise<void> {
  const { stream, reader, context } = served;
  const { log, metrics, clock } = dependencies;
  metrics.incr('nomad.streaming_rpc.request');
  try {
    await serve(served, dependencies);
  } catch (error) {
    metrics.incr('nomad.streaming_rpc.request_error');
    log.debug('streaming rpc ended', { error, remote: context.remoteAddress });
  }
  reader.discard();
  finish(stream, clock, context.signal);
}

async function serve(served: ServedStream, dependencies: ServeDependencies): Promise<void> {
  const { stream, reader } = served;
  const { router, metrics, running } = dependencies;
  const header = await reader.next();
  if (!header) return;
  const { Method } = decodeMsgpack(StreamingRequest, header.bytes);
  const route = router.findStream(Method);
  if (!route) {
    metrics.incr('nomad.streaming_rpc.request_error');
    await send(stream, encodeMsgpack(StreamingAck, { Error: explainUnknownStream(Method) }));
    return;
  }
  if (!running.enter()) {
    await send(stream, encodeMsgpack(StreamingAck, { Error: 'too many calls at once on this connection' }));
    return;
  }
  try {
    await send(stream, encodeMsgpack(StreamingAck, { Error: '' }));
    await runRoute(route, served, dependencies);
  } finally {
    running.leave();
  }
}

async function runRoute(
  route: StreamRoute,
  served: ServedStream,
  dependencies: ServeDependencies,
): Promise<void> {
  const { stream, reader, context } = served;
  const { clock, log, metrics } = dependencies;
  const request = await reader.next();
  if (!request) return;
  const open = new WireStream('callee', route.method, { stream, reader, clock, gone: context.signal });
  let args: unknown;
  try {
    args = decodeMsgpack(route.method.request as Schema, request.bytes, { origin: request.origin });
  } catch (error) {
    await open.send(failureFrame(route.method, AppError.from(error)));
    return;
  }
  const failure = await runStreamHandler(route, { args, stream: open, context });
  if (!failure) return;
  metrics.incr('nomad.streaming_rpc.request_error');
  if (failure.code === 'internal') log.error('streaming rpc handler failed', { error: failure });
}
