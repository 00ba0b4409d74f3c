// SPDX-License-Identifier: MPL-2.0
// The api client's way to an agent: node:http with connections that are kept for the next request.

import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { ApiRequest, ApiResponse, ApiTransport } from '@serai/api';
import { AppError } from '#base';

/**
 * Taken when they are needed, and not by `import`: that evaluates each export of node:http, WebSocket and its library among
 * them, which costs a command 20 ms.
 */
const http = (): typeof import('node:http') => process.getBuiltinModule('node:http');
const https = (): typeof import('node:https') => process.getBuiltinModule('node:https');

/** Bytes of an answer that is read as one text. Larger ones are read piece by piece or not at all. */
export const maxAnswerBytes = 256 * 1024 * 1024;

/** What `-ca-cert`, `-client-cert`, … come down to. */
export type TransportTls = Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

export interface NodeTransportOptions {
  /** `http://host:port`, `https://host:port`, or `unix:///path/to/socket`; a path is put before each request's. */
  readonly address: string;
  /** `user:password` for a proxy before the agent (NOMAD_HTTP_AUTH) */
  readonly httpAuth?: string;
  readonly tls?: TransportTls;
}

interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly prefix: string;
}

export class NodeTransport {
  readonly #address: string;
  readonly #target: Target;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: NodeTransportOptions) {
    this.#address = options.address;
    this.#target = parseAddress(options.address);
    this.#agent = this.#target.secure
      ? new (https().Agent)({ keepAlive: true, ...options.tls })
      : new (http().Agent)({ keepAlive: true });
    this.#headers = options.httpAuth
      ? { authorization: `Basic ${Buffer.from(options.httpAuth).toString('base64')}` }
      : {};
  }

  /** Bound, so that it can be handed over as it is. */
  readonly send: ApiTransport = (request) => this.#send(request);

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }

  #send(request: ApiRequest): Promise<ApiResponse> {
    const { host, port, socketPath, prefix, secure } = this.#target;
    return new Promise((resolve, reject) => {
      const sent = (secure ? https() : http()).request({
        agent: this.#agent,
        ...(socketPath === undefined ? { host, port } : { socketPath, host: 'localhost' }),
        method: request.method,
        path: prefix + request.path,
        headers: { ...this.#headers, ...request.headers, ...lengthOf(request) },
        ...(request.signal ? { signal: request.signal as AbortSignal } : {}),
      });
      sent.on('response', (response) => resolve(new NodeResponse(response)));
      sent.on('error', (error) => reject(this.#explain(error, request)));
      // A source that fails ends the request; its own error is the one to tell.
      sendBody(sent, request.body).catch((error: unknown) => {
        reject(error);
        sent.destroy();
      });
    });
  }

  #explain(error: NodeJS.ErrnoException, request: ApiRequest): AppError {
    if (error.name === 'AbortError') return new AppError('canceled', 'request canceled', { cause: error });
    const reason = reasons[error.code ?? ''] ?? error.message;
    return new AppError(
      'unavailable',
      `cannot reach the agent at ${this.#address} for ${request.method} ${request.path.split('?', 1)[0]}: ${reason}`,
      { cause: error, context: { code: error.code } },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'no such socket',
  EACCES: 'permission denied',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ECONNRESET: 'the connection was closed before an answer came',
  ETIMEDOUT: 'no answer from this host',
  EHOSTUNREACH: 'no route to this host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself (set -ca-cert or NOMAD_CACERT)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate authority is unknown (set -ca-cert or NOMAD_CACERT)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate authority is unknown (set -ca-cert or NOMAD_CACERT)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name (set -tls-server-name)',
  EPROTO: 'the other side does not speak TLS (use http:// in the address)',
};

function parseAddress(address: string): Target {
  if (address.startsWith('unix://')) {
    const socketPath = address.slice('unix://'.length);
    if (!socketPath.startsWith('/')) throw badAddress(address);
    return { secure: false, host: '', port: 0, socketPath, prefix: '' };
  }
  if (!URL.canParse(address)) throw badAddress(address);
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badAddress(address);
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    socketPath: undefined,
    prefix: url.pathname.replace(/\/+$/, ''),
  };
}

function badAddress(address: string): AppError {
  return new AppError(
    'invalid',
    `invalid address ${JSON.stringify(address)}: use http://host:port, https://host:port or unix:///path`,
  );
}

function lengthOf(request: ApiRequest): Record<string, string> {
  if (typeof request.body !== 'string' && !(request.body instanceof Uint8Array)) return {};
  return { 'content-length': String(Buffer.byteLength(request.body)) };
}

async function sendBody(sent: ClientRequest, body: ApiRequest['body']): Promise<void> {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    sent.end(body);
    return;
  }
  for await (const piece of body) {
    if (sent.destroyed) return;
    if (!sent.write(piece)) await drained(sent);
  }
  sent.end();
}

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      sent.off('drain', go).off('close', go);
      resolve();
    };
    sent.on('drain', go).on('close', go);
  });
}

class NodeResponse implements ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.status = message.statusCode ?? 0;
    this.headers = Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
    );
    this.#message = message;
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.chunks()) {
      length += chunk.length;
      if (length > maxAnswerBytes) {
        this.close();
        throw new AppError('limit', `the answer is larger than ${maxAnswerBytes} bytes`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length).toString('utf8');
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#message as AsyncIterable<Buffer>;
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError')
        throw new AppError('canceled', 'request canceled', { cause: error });
      throw new AppError('unavailable', 'the connection ended in the middle of the answer', { cause: error });
    }
  }

  async *textChunks(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const chunk of this.chunks()) {
      const text = decoder.decode(chunk, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  }

  close(): void {
    this.#message.destroy();
  }
}
