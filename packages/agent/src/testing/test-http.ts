// SPDX-License-Identifier: MPL-2.0
// An HttpServer on a free port of the loopback with fakes behind it, and a way to ask it.

import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { nullLogger, nullMetrics, systemClock } from '#base';
import { type HttpDependencies, type HttpOptions, HttpServer, noAuditor, openAuthenticator } from '#http';
import { FakeAgentInfo } from './fake-agent-info.ts';
import { FakeRpc } from './fake-rpc.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface TestHttp {
  readonly server: HttpServer;
  readonly rpc: FakeRpc;
  readonly agent: FakeAgentInfo;
  readonly port: number;
  /** `GET /v1/jobs` */
  ask(line: string, options?: AskOptions): Promise<HttpAnswer>;
}

export async function testHttp(
  t: TestContext,
  overrides: {
    readonly options?: Partial<HttpOptions>;
    readonly dependencies?: Partial<HttpDependencies>;
  } = {},
): Promise<TestHttp> {
  const rpc = new FakeRpc();
  const agent = new FakeAgentInfo();
  const server = new HttpServer(
    { addresses: [{ host: '127.0.0.1', port: 0 }], region: 'global', ...overrides.options },
    {
      rpc,
      agent,
      parseJob: ({ source }) => ({ ID: source }),
      clock: systemClock,
      log: nullLogger,
      metrics: nullMetrics,
      authenticator: openAuthenticator,
      auditor: noAuditor,
      ...overrides.dependencies,
    },
  );
  await server.start();
  const sockets = new Agent({ keepAlive: true });
  t.after(async () => {
    sockets.destroy();
    await server.stop();
  });
  const port = server.addresses()[0]?.port ?? 0;
  return { server, rpc, agent, port, ask: (line, options = {}) => ask({ sockets, port }, line, options) };
}

function ask(
  target: { readonly sockets: Agent; readonly port: number },
  line: string,
  options: AskOptions,
): Promise<HttpAnswer> {
  const [method = 'GET', path = '/'] = line.split(' ');
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent: target.sockets,
        host: '127.0.0.1',
        port: target.port,
        method,
        path,
        headers: {
          ...(options.body === undefined ? {} : { 'content-length': Buffer.byteLength(options.body) }),
          ...options.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            text: body.toString(),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}
