// SPDX-License-Identifier: MPL-2.0
// Puts answers on the connection.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type Clock } from '#base';
import { lingerMs } from '../limits.ts';
import { Compressor, chooseEncoding } from '../response/compression.ts';
import { EncodedBodies } from '../response/encoded-bodies.ts';
import type { Failure } from '../response/failure.ts';
import { jsonType, metaHeaders, textType } from '../response/headers.ts';
import type { Outcome } from '../response/outcome.ts';
import { writeStream } from '../response/stream-writer.ts';

export interface Pair {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const nothing = Buffer.alloc(0);

export class AnswerWriter {
  readonly #clock: Clock;
  /** http_api_response_headers and what is added to every answer */
  readonly #fixed: readonly string[];
  readonly #bodies = new EncodedBodies();
  readonly #compressor = new Compressor();

  constructor(
    options: { readonly responseHeaders: Readonly<Record<string, string>> },
    dependencies: { readonly clock: Clock },
  ) {
    this.#clock = dependencies.clock;
    this.#fixed = ['Vary', 'Accept-Encoding', ...Object.entries(options.responseHeaders).flat()];
  }

  /** Headers that hold for success and failure alike. */
  prepare(request: IncomingMessage, response: ServerResponse, corsMethods: string | undefined): void {
    if (corsMethods && request.headers.origin) response.setHeader('Access-Control-Allow-Origin', '*');
  }

  async write(pair: Pair, outcome: Outcome, pretty: string | null): Promise<void> {
    switch (outcome.kind) {
      case 'json': {
        const form = pretty !== null && pretty !== '0' ? 'pretty' : 'plain';
        const body = this.#bodies.encode(outcome.value, form, outcome.shared ?? false);
        const headers = ['Content-Type', jsonType, ...metaHeaders(outcome.meta)];
        return await this.bytes(pair, body, headers, outcome.status);
      }
      case 'empty':
        return await this.bytes(pair, nothing, metaHeaders(outcome.meta));
      case 'text':
        return await this.bytes(pair, Buffer.from(outcome.text), ['Content-Type', outcome.contentType]);
      case 'stream': {
        const own = Object.entries(outcome.headers ?? {}).flat();
        const headers = [...this.#fixed, 'Content-Type', outcome.contentType, ...own];
        return await writeStream(pair.response, outcome.source, { headers, clock: this.#clock });
      }
    }
  }

  async bytes(pair: Pair, body: Buffer, headers: readonly string[], status = 200): Promise<void> {
    const { request, response } = pair;
    const encoding = chooseEncoding(request.headers['accept-encoding'], body.length);
    const out = encoding ? await this.#compressor.compress(body, encoding) : body;
    if (response.destroyed) return;
    const all = [...this.#fixed, ...headers, 'Content-Length', String(out.length)];
    if (encoding) all.push('Content-Encoding', encoding);
    response.writeHead(status, all);
    response.end(out);
  }

  redirect(response: ServerResponse, location: string): void {
    response.writeHead(307, [...this.#fixed, 'Location', location, 'Content-Length', '0']);
    response.end();
  }

  notFound(response: ServerResponse): void {
    response.writeHead(404, [...this.#fixed, 'Content-Length', '0']);
    response.end();
  }

  preflight(response: ServerResponse, methods: string): void {
    const cors = ['Access-Control-Allow-Methods', methods, 'Access-Control-Allow-Headers', 'X-Nomad-Token'];
    response.writeHead(204, [...this.#fixed, ...cors]);
    response.end();
  }

  /** `sending`: the body still comes; the sender must be able to read the answer before the connection ends. */
  async failure(
    pair: Pair,
    failure: Failure,
    after: { readonly sending: boolean; readonly close: boolean },
  ): Promise<void> {
    const { request, response } = pair;
    if (response.destroyed) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = Buffer.from(failure.text);
    const headers = [
      ...this.#fixed,
      'Content-Type',
      textType,
      'X-Content-Type-Options',
      'nosniff',
      'Content-Length',
      String(body.length),
    ];
    if (after.close) headers.push('Connection', 'close');
    response.writeHead(failure.status, headers);
    if (!after.sending) {
      response.end(body);
      return;
    }
    response.write(body);
    await this.#drain(request);
    response.end();
  }

  /** Reads and forgets what still comes, for a moment. */
  #drain(request: IncomingMessage): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(lingerMs, () => done());
      const done = (): void => {
        timer.cancel();
        request.off('end', done).off('close', done);
        resolve();
      };
      request.on('end', done).on('close', done).resume();
    });
  }
}

export function stoppingError(): AppError {
  return new AppError('unavailable', 'the agent is shutting down');
}
