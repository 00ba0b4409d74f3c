// SPDX-License-Identifier: MPL-2.0
// The callee's side of a stream that carries msgpack-RPC: reads a call, runs its handler, answers, reads the next.

import type { Duplex } from 'node:stream';
import {
  AppError,
  type Clock,
  decodeMsgpack,
  type Logger,
  type Metrics,
  MsgpackError,
  MsgpackWriter,
  writeMsgpack,
} from '#base';
import type { RpcContext } from '../context.ts';
import type { Route, Router } from '../router.ts';
import { emptyBody, RequestHeader, ResponseHeader } from '../wire/envelope.ts';
import type { ObjectReader, WireObject } from '../wire/object-reader.ts';
import { finish, send } from '../wire/send.ts';
import { toWireText } from '../wire-error.ts';
import type { CallCounter } from './call-counter.ts';

export interface ServeDependencies {
  readonly router: Router;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Handlers running for this connection. */
  readonly running: CallCounter;
}

export interface ServedStream {
  readonly stream: Duplex;
  readonly reader: ObjectReader;
  readonly context: RpcContext;
}

type Outcome = { readonly answer: Buffer; readonly goOn: boolean };

/** Returns when the stream is done; never throws. */
export async function serveCalls(served: ServedStream, dependencies: ServeDependencies): Promise<void> {
  const { stream, reader, context } = served;
  try {
    for (;;) {
      const head = await reader.next();
      if (!head) break;
      const header = decodeMsgpack(RequestHeader, head.bytes, { origin: head.origin });
      const outcome = await serveCall(header, served, dependencies);
      if (!outcome) break;
      await send(stream, outcome.answer, context.signal);
      if (!outcome.goOn) break;
    }
  } catch (error) {
    // A header that is none, or a broken connection: nobody to answer to.
    dependencies.log.debug('rpc stream ended', { error, remote: context.remoteAddress });
  }
  reader.discard();
  finish(stream, dependencies.clock, context.signal);
}

async function serveCall(
  header: RequestHeader,
  served: ServedStream,
  dependencies: ServeDependencies,
): Promise<Outcome | undefined> {
  const { router, metrics } = dependencies;
  metrics.incr('nomad.rpc.request');
  let body: WireObject | undefined;
  try {
    body = await served.reader.next();
    if (!body) return undefined;
    const route = router.find(header.ServiceMethod);
    if (!route) {
      metrics.incr('nomad.rpc.request_error');
      return { answer: failure(header, router.explainUnknown(header.ServiceMethod)), goOn: false };
    }
    const args = decodeMsgpack(route.method.request, body.bytes, { origin: body.origin });
    return { answer: await runCall({ header, route, args }, served, dependencies), goOn: true };
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    metrics.incr('nomad.rpc.request_error');
    return { answer: failure(header, error.message), goOn: false };
  }
}

async function runCall(
  call: { readonly header: RequestHeader; readonly route: Route; readonly args: unknown },
  served: ServedStream,
  dependencies: ServeDependencies,
): Promise<Buffer> {
  const { header, route } = call;
  const { log, metrics, running } = dependencies;
  if (!running.enter()) {
    metrics.incr('nomad.rpc.request_error');
    return failure(header, toWireText(new AppError('limit', 'too many calls at once on this connection')));
  }
  try {
    const reply = await route.handler(call.args, served.context);
    const writer = new MsgpackWriter();
    writeMsgpack(writer, ResponseHeader, { Error: '', Seq: header.Seq, ServiceMethod: header.ServiceMethod });
    writeMsgpack(writer, route.method.reply, reply);
    return writer.finish();
  } catch (error) {
    if (!(error instanceof AppError))
      log.error('rpc handler failed', { method: header.ServiceMethod, error });
    metrics.incr('nomad.rpc.request_error');
    return failure(header, toWireText(AppError.from(error)));
  } finally {
    running.leave();
  }
}

function failure(header: RequestHeader, text: string): Buffer {
  const writer = new MsgpackWriter();
  writeMsgpack(writer, ResponseHeader, { Error: text, Seq: header.Seq, ServiceMethod: header.ServiceMethod });
  writer.encoded(emptyBody);
  return writer.finish();
}
