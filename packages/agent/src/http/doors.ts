// SPDX-License-Identifier: MPL-2.0
// What the HTTP module needs from the rest of the agent.

import type { AgentMember, HttpMethod, Input, JobSpec, Route } from '@serai/api';
import type { Clock, Labels, Logger, LogLevel, Metrics, MetricsSnapshot } from '#base';
import type { RpcCaller } from '#rpc';

/** Who calls, as far as the HTTP layer cares. What they may do is decided by the RPC endpoint. */
export interface Identity {
  /** '' for the anonymous identity */
  readonly accessorId: string;
}

export interface Credentials {
  /** '' when the request carries none */
  readonly token: string;
  readonly remoteAddress: string;
}

/** Throws an AppError (`unauthenticated` or `denied`) when the caller may not come in at all. */
export interface Authenticator {
  authenticate(credentials: Credentials, route: Route): Identity | Promise<Identity>;
}

/** Everybody is the anonymous identity: for a region without ACLs. */
export const openAuthenticator: Authenticator = { authenticate: () => anonymous };

const anonymous: Identity = { accessorId: '' };

export interface AuditEvent {
  readonly route: Route;
  readonly method: HttpMethod;
  readonly path: string;
  readonly namespace: string;
  readonly identity: Identity;
  readonly remoteAddress: string;
}

export interface Auditor {
  /** Awaited before a `critical` call runs: a rejection stops the call. */
  begin(event: AuditEvent): void | Promise<void>;
  /** The call has been answered with this status. */
  end(event: AuditEvent, status: number): void;
}

/** Records nothing. */
export const noAuditor: Auditor = { begin: () => {}, end: () => {} };

export interface ModeHealth {
  readonly ok: boolean;
  readonly message?: string;
}

export interface MonitorOptions {
  readonly level: LogLevel;
  readonly json: boolean;
}

/** What the agent knows about itself. */
export interface AgentInfo {
  /** Configuration with Go's names and secrets redacted, this member, statistics in groups. */
  self(): {
    readonly config: Readonly<Record<string, unknown>>;
    readonly member: AgentMember;
    readonly stats: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  /** Only the modes that run. */
  health(): { readonly server?: ModeHealth; readonly client?: ModeHealth };
  /** Id of the node that runs here; undefined without client mode. */
  nodeId(): string | undefined;
  /** Addresses of the servers that the client knows; undefined without client mode. */
  servers(): readonly string[] | undefined;
  setServers(addresses: readonly string[]): Promise<void>;
  /** `interval`: the last full one; `totals`: since the start; `labels` are added to each series. */
  metrics(): {
    readonly interval: MetricsSnapshot;
    readonly totals: MetricsSnapshot;
    readonly labels: Labels;
  };
  /** telemetry.prometheus_metrics */
  readonly prometheus: boolean;
  /** Log lines with their newline, from now on, until the signal aborts. */
  monitor(options: MonitorOptions, signal: AbortSignal): AsyncIterable<string>;
}

export interface ParseJobRequest {
  readonly source: string;
  /** text of a variables file; '' for none */
  readonly variables: string;
  /** read by the older grammar */
  readonly hcl1: boolean;
  /** fill in the defaults */
  readonly canonicalize: boolean;
}

/** HCL to job, without access to files. Throws an AppError whose message shows the place. */
export type ParseJob = (request: ParseJobRequest) => Promise<Input<JobSpec>> | Input<JobSpec>;

/** What handlers work with. */
export interface Services {
  readonly rpc: RpcCaller;
  readonly agent: AgentInfo;
  readonly parseJob: ParseJob;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface HttpDependencies extends Services {
  readonly authenticator: Authenticator;
  readonly auditor: Auditor;
  readonly metrics: Metrics;
}

export interface HttpOptions {
  /** One listener each; port 0 takes any free port. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Region of this agent: where a request goes that names none. */
  readonly region: string;
  /** http_max_conns_per_client; 0: no limit */
  readonly maxConnectionsPerClient?: number;
  /** Milliseconds for the head of a request to arrive; for tests. */
  readonly headTimeoutMs?: number;
  /** http_api_response_headers */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Directory with the built UI; without it the UI is disabled. */
  readonly uiDirectory?: string;
}
