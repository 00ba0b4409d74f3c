// SPDX-License-Identifier: MPL-2.0
// What happens to a request, always in this order: limit, authenticate, audit, decode, handler. Then the answer.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpMethod } from '@serai/api';
import { AppError } from '#base';
import type { AuditEvent, HttpDependencies } from '../doors.ts';
import { BodyRefused, checkDeclaredLength, decodeBody, readBody, streamBody } from '../request/body.ts';
import { Call, type CallParts, type Entry } from '../request/call.ts';
import { Gate } from '../request/gate.ts';
import { requestedNamespace } from '../request/options.ts';
import { checkOrigin } from '../request/origin.ts';
import { decodeParameters } from '../request/parameters.ts';
import { type Methods, RouteTable } from '../request/route-table.ts';
import { parseSearch, parseTarget, type Target } from '../request/target.ts';
import { readToken } from '../request/token.ts';
import { describeFailure } from '../response/failure.ts';
import type { AnswerWriter } from './answer-writer.ts';
import type { UiFiles } from './ui-files.ts';

export interface PipelineParts {
  readonly entries: readonly Entry[];
  readonly region: string;
  readonly ui: UiFiles;
  readonly writer: AnswerWriter;
  readonly dependencies: HttpDependencies;
  /** Aborted when the agent stops. */
  readonly stopping: AbortSignal;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
}

export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #table: RouteTable<Entry>;
  readonly #gate = new Gate();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#table = new RouteTable(parts.entries);
  }

  /** Never rejects: every failure becomes an answer, or the end of the connection. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route({ request, response, target: parseTarget(request.url ?? '') });
    } catch (error) {
      await this.#fail(request, response, error);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response, target } = exchange;
    const match = this.#table.find(target.path);
    if (!match) return await this.#elsewhere(exchange);
    const { writer } = this.#parts;
    const entry = match.methods.get(effectiveMethod(request.method));
    writer.prepare(request, response, corsMethods(match.methods));
    if (!entry) {
      if (request.method === 'OPTIONS' && corsMethods(match.methods))
        return writer.preflight(response, corsMethods(match.methods) ?? '');
      response.setHeader('Allow', allowed(match.methods));
      throw new AppError('invalid', 'Invalid method', { status: 405 });
    }
    const { rate } = entry.route.security;
    this.#gate.enter(rate);
    try {
      await this.#serve(exchange, entry, match.params);
    } finally {
      this.#gate.leave(rate);
    }
  }

  async #serve(exchange: Exchange, entry: Entry, params: Readonly<Record<string, string>>): Promise<void> {
    const { request, response, target } = exchange;
    const { route } = entry;
    const { dependencies } = this.#parts;
    checkDeclaredLength(request, route.request.kind === 'none' ? Number.MAX_SAFE_INTEGER : limitOf(entry));
    checkOrigin(effectiveMethod(request.method), request.headers, route);
    const remoteAddress = request.socket.remoteAddress ?? '';
    const token = readToken(request.headers);
    const identified = dependencies.authenticator.authenticate({ token, remoteAddress }, route);
    const identity = identified instanceof Promise ? await identified : identified;
    const search = parseSearch(target.search);
    const event: AuditEvent = {
      route,
      method: effectiveMethod(request.method) as HttpMethod,
      path: target.path,
      namespace: requestedNamespace(search) || 'default',
      identity,
      remoteAddress,
    };
    const { auditor } = dependencies;
    const begun = auditor.begin(event);
    if (begun instanceof Promise) {
      if (route.security.audit === 'critical') await begun;
      else
        begun.catch((error: unknown) => dependencies.log.error('audit failed', { route: route.name, error }));
    }
    try {
      await this.#answer(exchange, entry, { params, search, token });
      auditor.end(event, response.statusCode);
    } catch (error) {
      auditor.end(event, describeFailure(error).status);
      throw error;
    }
  }

  async #answer(
    exchange: Exchange,
    entry: Entry,
    known: Pick<CallParts, 'params' | 'search' | 'token'>,
  ): Promise<void> {
    const { request, response } = exchange;
    const { dependencies, stopping, region, writer } = this.#parts;
    const gone = new AbortController();
    const abort = (): void => gone.abort(stopping.reason ?? new AppError('canceled', 'the caller is gone'));
    response.once('close', abort);
    stopping.addEventListener('abort', abort, { once: true });
    try {
      const body = await this.#readBody(exchange, entry);
      const call = new Call({
        ...known,
        query: decodeParameters(entry.route.query, known.search),
        body,
        bodyStream: () => streamBody(request, limitOf(entry), dependencies.clock),
        region,
        signal: gone.signal,
        services: dependencies,
      });
      await writer.write(exchange, await entry.handle(call), known.search.get('pretty'));
    } finally {
      response.off('close', abort);
      stopping.removeEventListener('abort', abort);
    }
  }

  async #readBody(exchange: Exchange, entry: Entry): Promise<unknown> {
    const { request, response } = exchange;
    const { kind } = entry.route.request;
    // A body that nobody asked for is thrown away by the server once the answer is out.
    if (kind === 'none') return undefined;
    if (request.headers.expect) response.writeContinue();
    if (kind === 'stream') return undefined;
    const bytes = await readBody(request, limitOf(entry), this.#parts.dependencies.clock);
    return decodeBody(entry.route.request, bytes);
  }

  /** Paths that are no routes: the UI, and nothing. */
  async #elsewhere({ request, response, target }: Exchange): Promise<void> {
    const { writer, ui } = this.#parts;
    const method = effectiveMethod(request.method);
    if (target.path === '/' || target.path === '/ui') {
      if (method !== 'GET') throw new AppError('invalid', 'Invalid method', { status: 405 });
      return writer.redirect(response, target.search === '' ? '/ui/' : `/ui/?${target.search}`);
    }
    if (!target.path.startsWith('/ui/')) return writer.notFound(response);
    if (method !== 'GET') throw new AppError('invalid', 'Invalid method', { status: 405 });
    const answer = await ui.answer(target.path);
    await writer.bytes({ request, response }, answer.body, answer.headers);
  }

  async #fail(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    const failure = describeFailure(error);
    const path = (request.url ?? '').split('?', 1)[0];
    const { log } = this.#parts.dependencies;
    if (failure.bug === undefined)
      log.debug('request failed', {
        method: request.method,
        path,
        code: failure.status,
        error: failure.text,
      });
    else
      log.error('request failed', {
        method: request.method,
        path,
        error: failure.bug,
        stack: stackOf(failure.bug),
      });
    // Who asks for permission first has sent nothing yet.
    const sending = error instanceof BodyRefused && !request.headers.expect;
    await this.#parts.writer.failure({ request, response }, failure, {
      sending,
      close: error instanceof BodyRefused,
    });
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : '';
}

/** HEAD is GET whose body node:http leaves away. */
function effectiveMethod(method: string | undefined): HttpMethod {
  return (method === 'HEAD' ? 'GET' : method) as HttpMethod;
}

function limitOf(entry: Entry): number {
  return entry.route.security.bodyLimitBytes;
}

function allowed(methods: Methods<Entry>): string {
  return [...methods.keys()].join(', ');
}

/** Methods open to other origins; undefined when the path is not. */
function corsMethods(methods: Methods<Entry>): string | undefined {
  for (const entry of methods.values()) if (entry.route.cors) return 'HEAD, GET';
  return undefined;
}
