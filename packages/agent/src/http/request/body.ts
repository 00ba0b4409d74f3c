// SPDX-License-Identifier: MPL-2.0
// Request bodies: read up to the route's limit, decoded by the route's schema. Nothing above the limit is kept.

import type { IncomingMessage } from 'node:http';
import { DecodeError, decode, decodeInput, type RequestSpec } from '@serai/api';
import { AppError, type Clock } from '#base';
import { spreadJobChecks } from '#model';
import { bodyIdleTimeoutMs, bodyTimeoutMs } from '../limits.ts';

/** The sender is told and the connection is closed after the answer. */
export class BodyRefused extends AppError {}

/** Before a byte is read: what the head says about the size. */
export function checkDeclaredLength(request: IncomingMessage, limitBytes: number): void {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limitBytes) throw tooLarge(limitBytes);
}

function tooLarge(limitBytes: number): BodyRefused {
  return new BodyRefused('limit', `request body is too large: the limit here is ${limitBytes} bytes`, {
    status: 413,
  });
}

/** The whole body, or a BodyRefused as soon as it is known to be too large or too slow. */
export function readBody(request: IncomingMessage, limitBytes: number, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = clock.after(bodyTimeoutMs, () => {
      settle();
      reject(new BodyRefused('timeout', 'request body did not arrive in time', { status: 408 }));
    });
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      settle();
      reject(tooLarge(limitBytes));
    };
    const onEnd = (): void => {
      settle();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length));
    };
    const onClose = (): void => {
      settle();
      reject(new AppError('canceled', 'the request ended before its body was complete'));
    };
    const settle = (): void => {
      timer.cancel();
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/** The body as it arrives, for archives: refused when it grows beyond the limit or stops coming. */
export async function* streamBody(
  request: IncomingMessage,
  limitBytes: number,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  const stalled = (): void => {
    request.destroy(new BodyRefused('timeout', 'request body stopped coming', { status: 408 }));
  };
  let timer = clock.after(bodyIdleTimeoutMs, stalled);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      timer.cancel();
      length += chunk.length;
      if (length > limitBytes) throw tooLarge(limitBytes);
      yield chunk;
      timer = clock.after(bodyIdleTimeoutMs, stalled);
    }
  } finally {
    timer.cancel();
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function decodeBody(spec: RequestSpec, bytes: Buffer): unknown {
  if (spec.kind !== 'json') return undefined;
  if (bytes.length === 0) {
    if (spec.optional) return undefined;
    throw new AppError('invalid', 'Request body is empty');
  }
  const value = parseJson(bytes);
  if (value === null && spec.optional) return undefined;
  try {
    // null is an object without fields, as in Go.
    return spec.sparse ? decodeInput(spec.schema, spreadJobChecks(value ?? {})) : decode(spec.schema, value);
  } catch (error) {
    if (error instanceof DecodeError)
      throw new AppError('invalid', `failed to decode request body: ${error.message.replace(/^: /, '')}`);
    throw error;
  }
}

function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new AppError('invalid', 'failed to decode request body: it is not valid UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid', `failed to decode request body: ${AppError.from(error).message}`);
  }
}
