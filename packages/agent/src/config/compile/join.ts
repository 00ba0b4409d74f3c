// SPDX-License-Identifier: MPL-2.0
// Which servers to join: server_join, and the older keys beside it.

import type { AgentSettings } from '../schema/agent.ts';
import type { Problems } from './problems.ts';

export interface JoinConfig {
  readonly startJoin: readonly string[];
  readonly retryJoin: readonly string[];
  /** 0: for ever */
  readonly retryMax: number;
  readonly retryIntervalMs: number;
}

export function serverJoin(settings: AgentSettings, problems: Problems): JoinConfig {
  const { server } = settings;
  const block = server.serverJoin;
  const oldKeys = ['start_join', 'retry_join', 'retry_max', 'retry_interval'].filter((key) =>
    problems.isSet(`server.${key}`),
  );
  const hasBlock = block.startJoin.length > 0 || block.retryJoin.length > 0;
  if (hasBlock && oldKeys.length > 0) {
    problems.error(
      `server.${oldKeys[0]}`,
      'server_join and {retry_join,start_join,retry_max,retry_interval} cannot both be defined; prefer setting the server_join block',
    );
  }
  const join: JoinConfig = hasBlock
    ? block
    : {
        startJoin: server.startJoin,
        retryJoin: server.retryJoin,
        retryMax: server.retryMax || block.retryMax,
        retryIntervalMs: server.retryIntervalMs || block.retryIntervalMs,
      };
  if (join.startJoin.length > 0 && join.retryJoin.length > 0) {
    problems.error(
      'server.server_join.start_join',
      'retry_join and start_join cannot both be defined; prefer setting retry_join',
    );
  }
  return join;
}

export function clientJoin(settings: AgentSettings, problems: Problems): JoinConfig {
  const join = settings.client.serverJoin;
  if (join.startJoin.length > 0) {
    problems.error(
      'client.server_join.start_join',
      'start_join is not supported for Nomad clients; use retry_join',
    );
  }
  return join;
}
