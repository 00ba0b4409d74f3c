// SPDX-License-Identifier: MPL-2.0
// Which handler serves which method. Filled while the agent starts, read afterwards.

import type { RpcMethod, StreamMethod } from '@serai/api';
import type { RpcStream } from './caller.ts';
import type { Handler, RpcContext, StreamHandler } from './context.ts';

export interface Route {
  readonly method: RpcMethod;
  readonly handler: (args: unknown, context: RpcContext) => unknown;
}
export interface StreamRoute {
  readonly method: StreamMethod;
  readonly handler: (args: unknown, stream: RpcStream, context: RpcContext) => Promise<void>;
}

export class Router {
  readonly #routes = new Map<string, Route>();
  readonly #streams = new Map<string, StreamRoute>();
  readonly #services = new Set<string>();

  handle<M extends RpcMethod>(method: M, handler: Handler<M>): this {
    this.#claim(method.name);
    this.#routes.set(method.name, { method, handler: handler as Route['handler'] });
    return this;
  }

  handleStream<M extends StreamMethod>(method: M, handler: StreamHandler<M>): this {
    this.#claim(method.name);
    this.#streams.set(method.name, { method, handler: handler as StreamRoute['handler'] });
    return this;
  }

  find(name: string): Route | undefined {
    return this.#routes.get(name);
  }

  findStream(name: string): StreamRoute | undefined {
    return this.#streams.get(name);
  }

  /** Names of all methods, sorted. */
  methods(): string[] {
    return [...this.#routes.keys(), ...this.#streams.keys()].sort();
  }

  /** What Go's net/rpc answers for a name that `find` does not know. */
  explainUnknown(name: string): string {
    const dot = name.lastIndexOf('.');
    if (dot < 0) return `rpc: service/method request ill-formed: ${name}`;
    return this.#services.has(name.slice(0, dot))
      ? `rpc: can't find method ${name}`
      : `rpc: can't find service ${name}`;
  }

  #claim(name: string): void {
    if (this.#routes.has(name) || this.#streams.has(name))
      throw new Error(`method "${name}" is served twice`);
    this.#services.add(name.slice(0, name.lastIndexOf('.')));
  }
}

export function explainUnknownStream(name: string): string {
  return `Unknown rpc method: ${JSON.stringify(name)}`;
}
