// SPDX-License-Identifier: MPL-2.0
// Everything an agent needs to know, in the terms of its parts. Made from the compiled configuration by from-config.ts.

import type { LogLevel } from '#base';
import type { ClientOptions } from '#client';
import type { DriverRegistryOptions } from '#drivers';
import type { HttpOptions } from '#http';
import type { ServerOptions } from '#server';

export interface LogOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  /** '' : none */
  readonly file: string;
  /** a file that grew to this size is closed and numbered, in bytes; 0: never */
  readonly rotateBytes: number;
  /** … or that is this old, in milliseconds */
  readonly rotateMs: number;
  /** closed files kept; 0: all, -1: none */
  readonly maxFiles: number;
}

export interface AgentOptions {
  readonly name: string;
  readonly region: string;
  readonly datacenter: string;
  /** absolute; made with mode 0711, what is secret in it with 0700 */
  readonly dataDir: string;
  /** remove dataDir when the agent ends */
  readonly temporaryData: boolean;
  readonly dev: boolean;
  /** null: this agent is no server. `serverId` is replaced by the one stored in dataDir. */
  readonly server: ServerOptions | null;
  readonly client: ClientOptions | null;
  /** `host:port` of servers, for a client without a server in the same agent */
  readonly servers: readonly string[];
  readonly drivers: DriverRegistryOptions;
  readonly http: HttpOptions;
  readonly log: LogOptions;
  readonly telemetry: {
    readonly prometheus: boolean;
    readonly hostLabel: string;
    readonly intervalMs: number;
  };
  readonly version: { readonly serai: string; readonly nomad: string };
  /** `config` of /v1/agent/self: Go's names, secrets redacted */
  readonly shownConfig: Readonly<Record<string, unknown>>;
}
