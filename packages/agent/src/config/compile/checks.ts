// SPDX-License-Identifier: MPL-2.0
// What can't be said about one key alone. Each check reports by the key's path.

import { isAbsolute } from 'node:path';
import type { AgentSettings } from '../schema/agent.ts';
import { parsePorts } from './port-ranges.ts';
import type { Problems } from './problems.ts';
import { checkTls } from './tls-check.ts';

type Check = (settings: AgentSettings, problems: Problems, mode: Mode) => void;

export interface Mode {
  readonly dev: boolean;
}

/** All checks, in the order of the file's blocks. */
export const checks: readonly Check[] = [
  checkMode,
  checkNames,
  checkLog,
  checkDirectories,
  checkBootstrap,
  checkServer,
  checkEncryption,
  checkClient,
  checkPorts,
  checkVolumes,
  checkTls,
  checkTelemetry,
  checkConsul,
  checkDebug,
];

function checkMode(settings: AgentSettings, problems: Problems): void {
  if (settings.server.enabled || settings.client.enabled) return;
  problems.error('server.enabled', 'Must specify either server, client or dev mode for the agent.');
}

function checkNames(settings: AgentSettings, problems: Problems): void {
  if (/[\0]/.test(settings.region)) problems.error('region', 'Region contains invalid characters');
  if (/[\0*]/.test(settings.datacenter)) {
    problems.error('datacenter', "Datacenter contains invalid characters (null or '*')");
  }
}

function checkLog(settings: AgentSettings, problems: Problems): void {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'];
  if (levels.includes(settings.logLevel.toUpperCase())) return;
  problems.error(
    'log_level',
    `Invalid log level: ${settings.logLevel}. Valid log levels are: ${levels.join(', ')}`,
  );
}

function checkDirectories(settings: AgentSettings, problems: Problems, mode: Mode): void {
  const { client, server } = settings;
  const named: [string, string, string][] = [
    ['data_dir', 'data-dir', settings.dataDir],
    ['plugin_dir', 'plugin-dir', settings.pluginDir],
    ['client.alloc_dir', 'alloc-dir', client.allocDir],
    ['client.state_dir', 'state-dir', client.stateDir],
  ];
  for (const [path, name, value] of named) {
    if (value !== '' && !isAbsolute(value)) {
      problems.error(path, `${name} must be given as an absolute path: got ${value}`);
    }
  }
  if (mode.dev || settings.dataDir !== '') return;
  if (server.enabled) {
    problems.error('data_dir', 'Must specify "data_dir" config option or "data-dir" CLI flag');
  } else if (
    client.enabled &&
    (client.allocDir === '' || client.stateDir === '' || settings.pluginDir === '')
  ) {
    problems.error('data_dir', 'Must specify the state, alloc dir, and plugin dir if data-dir is omitted.');
  }
}

function checkBootstrap(settings: AgentSettings, problems: Problems, mode: Mode): void {
  const { bootstrapExpect, enabled } = settings.server;
  const path = 'server.bootstrap_expect';
  if (bootstrapExpect > 0 && !enabled) problems.error(path, 'Bootstrap requires server mode to be enabled');
  if (mode.dev || !enabled) return;
  if (bootstrapExpect === 1)
    problems.warning(path, 'WARNING: Bootstrap mode enabled! Potentially unsafe operation.');
  else if (bootstrapExpect > 0 && bootstrapExpect % 2 === 0) {
    problems.warning(path, 'WARNING: Number of bootstrap servers should ideally be set to an odd number.');
  }
}

const schedulers = ['service', 'batch', 'system', 'sysbatch', '_core'];

function checkServer(settings: AgentSettings, problems: Problems): void {
  const { server } = settings;
  for (const name of server.enabledSchedulers) {
    if (!schedulers.includes(name)) {
      problems.error(
        'server.enabled_schedulers',
        `unknown scheduler ${JSON.stringify(name)}; use ${schedulers.slice(0, 4).join(', ')}`,
      );
    }
  }
  if (server.jobDefaultPriority < 50 || server.jobDefaultPriority > server.jobMaxPriority) {
    problems.error(
      'server.job_default_priority',
      `job_default_priority must be between 50 and job_max_priority (${server.jobMaxPriority})`,
    );
  }
}

function checkEncryption(settings: AgentSettings, problems: Problems): void {
  const key = settings.server.encrypt;
  if (!key) return;
  const text = key.reveal();
  const path = problems.isSet('server.encrypt') ? 'server.encrypt' : 'encrypt';
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    problems.error(
      path,
      'Invalid encryption key: it must be base64; make one with "operator gossip keyring generate"',
    );
    return;
  }
  const bytes = Buffer.from(text, 'base64').length;
  if (![16, 24, 32].includes(bytes)) {
    problems.error(
      path,
      `failed to configure keyring: Invalid key: key size must be 16, 24 or 32 bytes, this one has ${bytes}`,
    );
  }
}

function checkClient(settings: AgentSettings, problems: Problems): void {
  const { client } = settings;
  for (const key of Object.keys(client.meta)) {
    if (!/^[^\s.${}"]+(\.[^\s.${}"]+)*$/.test(key))
      problems.error('client.meta', `Invalid Client.Meta key: ${key}`);
  }
  if (!/^[a-zA-Z0-9-_]{1,128}$/.test(client.nodePool) || client.nodePool === 'all') {
    problems.error(
      'client.node_pool',
      `Invalid node pool: ${JSON.stringify(client.nodePool)} must be 1 to 128 letters, digits, dashes or underscores, and not "all"`,
    );
  }
  const { minMs, maxMs } = client.template.wait;
  if (minMs > maxMs)
    problems.error('client.template.wait.min', 'client.template.wait: min must be less than or equal to max');
}

function checkPorts(settings: AgentSettings, problems: Problems): void {
  const { client } = settings;
  if (client.minDynamicPort > client.maxDynamicPort) {
    problems.error(
      'client.min_dynamic_port',
      `Invalid dynamic port range: min_dynamic_port=${client.minDynamicPort} and max_dynamic_port=${client.maxDynamicPort}`,
    );
  }
  const reserved = parsePorts(client.reserved.reservedPorts);
  if (typeof reserved === 'string') {
    problems.error(
      'client.reserved.reserved_ports',
      `reserved.reserved_ports ${JSON.stringify(client.reserved.reservedPorts)} invalid: ${reserved}`,
    );
  }
  for (const [name, network] of Object.entries(client.hostNetwork)) {
    const ports = parsePorts(network.reservedPorts);
    if (typeof ports !== 'string') continue;
    problems.error(
      `client.host_network.${name}.reserved_ports`,
      `host_network[${JSON.stringify(name)}].reserved_ports ${JSON.stringify(network.reservedPorts)} invalid: ${ports}`,
    );
  }
}

function checkVolumes(settings: AgentSettings, problems: Problems): void {
  for (const [name, volume] of Object.entries(settings.client.hostVolume)) {
    if (volume.path === '') {
      problems.error(
        `client.host_volume.${name}.path`,
        `Missing path in host_volume config: host_volume ${JSON.stringify(name)} needs path = "…"`,
      );
    }
  }
}

function checkTelemetry(settings: AgentSettings, problems: Problems): void {
  for (const item of settings.telemetry.prefixFilter) {
    if (/^[+-]./.test(item)) continue;
    problems.error(
      'telemetry.prefix_filter',
      `Filter rule must begin with either '+' or '-': ${JSON.stringify(item)}`,
    );
  }
}

function checkConsul(settings: AgentSettings, problems: Problems): void {
  const { consul } = settings;
  if (!consul.autoAdvertise) return;
  if (settings.server.enabled && consul.serverServiceName === '') {
    problems.error(
      'consul.server_service_name',
      'server_service_name must be set when auto_advertise is enabled',
    );
  }
  if (settings.client.enabled && consul.clientServiceName === '') {
    problems.error(
      'consul.client_service_name',
      'client_service_name must be set when auto_advertise is enabled',
    );
  }
}

function checkDebug(settings: AgentSettings, problems: Problems, mode: Mode): void {
  if (settings.enableDebug && !mode.dev) {
    problems.warning(
      'enable_debug',
      'enable_debug opens profiling to everyone who may read the agent; turn it off in production',
    );
  }
}
