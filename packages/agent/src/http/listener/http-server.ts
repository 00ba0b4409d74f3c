// SPDX-License-Identifier: MPL-2.0
// The listeners: sockets in, requests to the pipeline, graceful end.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AppError, type Startable } from '#base';
import type { HttpDependencies, HttpOptions } from '../doors.ts';
import {
  defaultMaxConnectionsPerClient,
  headTimeoutMs,
  keepAliveTimeoutMs,
  maxConnections,
  maxHeaderBytes,
  maxHeaderCount,
  stopGraceMs,
} from '../limits.ts';
import { allEntries } from '../routes/table.ts';
import { AnswerWriter, stoppingError } from './answer-writer.ts';
import { Connections } from './connections.ts';
import { Pipeline } from './pipeline.ts';
import { UiFiles } from './ui-files.ts';

/** Milliseconds between looks at connections whose request head is late. */
const lateCheckMs = 1_000;

export class HttpServer implements Startable {
  readonly #options: HttpOptions;
  readonly #dependencies: HttpDependencies;
  readonly #stopping = new AbortController();
  readonly #pipeline: Pipeline;
  readonly #connections: Connections;
  readonly #servers: Server[] = [];

  constructor(options: HttpOptions, dependencies: HttpDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#connections = new Connections(
      options.maxConnectionsPerClient ?? defaultMaxConnectionsPerClient,
      dependencies,
    );
    this.#pipeline = new Pipeline({
      entries: allEntries(),
      region: options.region,
      ui: new UiFiles(options.uiDirectory),
      writer: new AnswerWriter({ responseHeaders: options.responseHeaders ?? {} }, dependencies),
      dependencies,
      stopping: this.#stopping.signal,
    });
  }

  async start(): Promise<void> {
    try {
      for (const address of this.#options.addresses) {
        const server = this.#createServer();
        await listen(server, address);
        this.#servers.push(server);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Where it listens, in the order of the options. */
  addresses(): { readonly host: string; readonly port: number }[] {
    return this.#servers.map((server) => {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    });
  }

  /** Waiting queries are answered at once; what still works after the grace time is cut. */
  async stop(): Promise<void> {
    this.#stopping.abort(stoppingError());
    const closed = this.#servers.map((server) => close(server));
    const { clock } = this.#dependencies;
    this.#connections.close();
    const grace = clock.after(stopGraceMs, () => {
      for (const server of this.#servers) server.closeAllConnections();
    });
    await Promise.all(closed);
    grace.cancel();
    this.#servers.length = 0;
  }

  #createServer(): Server {
    const server = createServer({
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: this.#options.headTimeoutMs ?? headTimeoutMs,
      // Bodies have their own time limits: an archive may take long.
      requestTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: lateCheckMs,
      noDelay: true,
    });
    server.maxHeadersCount = maxHeaderCount;
    server.maxConnections = maxConnections;
    // Registered before node:http's own listener, so a refused socket never reaches the parser.
    const attach = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (!this.#connections.admit(socket)) return;
      for (const listener of attach) listener.call(server, socket);
    });
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#connections.begin(request.socket);
      response.once('close', () => this.#connections.end(request.socket));
      void this.#pipeline.handle(request, response);
    };
    server.on('request', serve);
    server.on('checkContinue', serve);
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket as Socket));
    return server;
  }
}

function listen(server: Server, address: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const where = `${address.host}:${address.port}`;
      const reason = error.code === 'EADDRINUSE' ? 'another process uses this address' : error.message;
      reject(new AppError('invalid', `cannot listen for HTTP on ${where}: ${reason}`, { cause: error }));
    };
    server.once('error', onError);
    server.listen(address.port, address.host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

/** Takes no new connections; resolves when the last one is gone. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

const parserAnswers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Bytes that are no HTTP. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = parserAnswers[error.code ?? ''] ?? '400 Bad Request';
  const head = [
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${status.length}`,
    'Connection: close',
  ];
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${status}`, () => socket.destroy());
}
