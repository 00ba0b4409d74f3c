// SPDX-License-Identifier: MPL-2.0
// What an agent would tell about itself; every part can be set.

import { type AgentMember, AgentMember as AgentMemberSchema, make } from '@serai/api';
import type { Labels, MetricsSnapshot } from '#base';
import type { AgentInfo, ModeHealth, MonitorOptions } from '#http';

const noMetrics: MetricsSnapshot = { timestampMs: 0, gauges: [], counters: [], samples: [] };

export class FakeAgentInfo implements AgentInfo {
  config: Record<string, unknown> = { Region: 'global' };
  member: AgentMember = make(AgentMemberSchema, { Name: 'test.global', Status: 'alive' });
  stats: Record<string, Record<string, string>> = {};
  modes: { server?: ModeHealth; client?: ModeHealth } = { server: { ok: true, message: 'ok' } };
  node: string | undefined;
  knownServers: readonly string[] | undefined;
  interval: MetricsSnapshot = noMetrics;
  totals: MetricsSnapshot = noMetrics;
  labels: Labels = {};
  prometheus = false;
  lines: (options: MonitorOptions, signal: AbortSignal) => AsyncIterable<string> = noLines;

  self() {
    return { config: this.config, member: this.member, stats: this.stats };
  }
  health() {
    return this.modes;
  }
  nodeId() {
    return this.node;
  }
  servers() {
    return this.knownServers;
  }
  async setServers(addresses: readonly string[]): Promise<void> {
    this.knownServers = addresses;
  }
  metrics() {
    return { interval: this.interval, totals: this.totals, labels: this.labels };
  }
  monitor(options: MonitorOptions, signal: AbortSignal) {
    return this.lines(options, signal);
  }
}

async function* noLines(): AsyncGenerator<string> {}
