// SPDX-License-Identifier: MPL-2.0
// Errors on the wire are texts. A status survives as `RPC Error:: <status>,<message>` at the very start of the text.

import { AppError, type ErrorCode } from '#base';

const codedPrefix = 'RPC Error:: ';
/** Go's connection pool puts this before every error without a status, once per hop. */
const hopPrefix = 'rpc error: ';

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'denied',
  404: 'not-found',
  409: 'conflict',
  413: 'limit',
  429: 'limit',
  501: 'unsupported',
};

/** Texts without a status whose meaning a caller must still be able to tell. Matched anywhere in the text. */
const knownTexts: readonly (readonly [string, ErrorCode])[] = [
  ['No cluster leader', 'unavailable'],
  ['Not ready to serve consistent reads', 'unavailable'],
  ['No path to region', 'unavailable'],
  ['No path to node', 'not-found'],
  ["rpc: can't find", 'unsupported'],
  ['Unknown rpc method', 'unsupported'],
];
/** Nomad's HTTP layer looks at the end of the text for these. */
const knownEndings: readonly (readonly [string, ErrorCode])[] = [
  ['Permission denied', 'denied'],
  ['ACL token not found', 'denied'],
];

export function codeForStatus(status: number): ErrorCode {
  return codeOfStatus[status] ?? 'internal';
}

/** Errors of status 500 travel as plain text, as Nomad's do. */
export function toWireText(error: AppError): string {
  return error.status === 500 ? error.message : `${codedPrefix}${error.status},${error.message}`;
}

/** The error a peer sent. `hop`: it came through a connection pool, so a plain text gets the pool's prefix. */
export function fromWireText(text: string, options: { hop?: boolean } = {}): AppError {
  const coded = /^RPC Error:: (\d{3}),/.exec(text);
  if (coded) {
    const status = Number(coded[1]);
    return new AppError(codeForStatus(status), text.slice(coded[0].length), { status });
  }
  const message = options.hop ? hopPrefix + text : text;
  const known =
    knownTexts.find(([part]) => text.includes(part)) ?? knownEndings.find(([end]) => text.endsWith(end));
  return new AppError(known?.[1] ?? 'internal', message);
}

/** The connection failed while a call was under way or before it was sent. */
export function connectionError(
  kind: 'dial' | 'lost',
  text: string,
  options: { cause?: unknown; address?: string } = {},
): AppError {
  return new AppError('unavailable', hopPrefix + text, {
    context: { connection: kind, ...(options.address === undefined ? {} : { address: options.address }) },
    cause: options.cause,
  });
}

/** `dial`: nothing was sent. `lost`: the other side may have acted on it. */
export function connectionFailure(error: unknown): 'dial' | 'lost' | undefined {
  if (!(error instanceof AppError)) return undefined;
  const kind = error.context['connection'];
  return kind === 'dial' || kind === 'lost' ? kind : undefined;
}
