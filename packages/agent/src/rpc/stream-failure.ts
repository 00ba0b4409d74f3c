// SPDX-License-Identifier: MPL-2.0
// How a failing stream handler tells its caller, and how a caller reads it back.

import type { StreamErrWrapper, StreamMethod } from '@serai/api';
import { AppError } from '#base';
import type { RpcStream } from './caller.ts';
import type { RpcContext } from './context.ts';
import type { StreamRoute } from './router.ts';
import { codeForStatus } from './wire-error.ts';

/** Runs the handler; its failure goes out as the method's error frame; then the stream closes. */
export async function runStreamHandler(
  route: StreamRoute,
  call: { readonly args: unknown; readonly stream: RpcStream; readonly context: RpcContext },
): Promise<AppError | undefined> {
  try {
    await route.handler(call.args, call.stream, call.context);
    return undefined;
  } catch (error) {
    const failure = AppError.from(error);
    if (call.context.signal.aborted) return undefined;
    // The caller may be gone by now: then there is nobody to tell.
    await call.stream.send(failureFrame(route.method, failure)).catch(() => {});
    return failure;
  } finally {
    call.stream.close();
  }
}

export function failureFrame(method: StreamMethod, error: AppError): unknown {
  if (method.failure === 'wrapper') {
    return { Error: { Message: error.message, Code: error.status }, Payload: null };
  }
  return {
    SnapshotChecksum: '',
    ErrorCode: error.status,
    ErrorMsg: error.message,
    Index: 0,
    LastContact: 0,
    KnownLeader: false,
    NextToken: '',
  };
}

/** The error that a frame carries, if it carries one. */
export function frameError(frame: unknown): AppError | undefined {
  const wrapper = frame as Partial<StreamErrWrapper> & { ErrorMsg?: string; ErrorCode?: number };
  if (wrapper.Error) return asError(wrapper.Error.Message, wrapper.Error.Code);
  if (wrapper.ErrorMsg) return asError(wrapper.ErrorMsg, wrapper.ErrorCode ?? null);
  return undefined;
}

function asError(message: string, code: number | null): AppError {
  const status = code === null || code < 400 || code > 599 ? 500 : code;
  return new AppError(codeForStatus(status), message, { status });
}

/** The payloads of StreamErrWrapper frames; throws the AppError of an error frame. */
export async function* payloads(stream: RpcStream): AsyncGenerator<Uint8Array> {
  for await (const frame of stream.frames()) {
    const error = frameError(frame);
    if (error) throw error;
    const { Payload } = frame as StreamErrWrapper;
    if (Payload && Payload.length > 0) yield Payload;
  }
}
