// SPDX-License-Identifier: MPL-2.0

import { cpus } from 'node:os';
import type { Agent } from '#agent';
import { type LogLevel, systemRandom } from '#base';
import {
  type AgentFlags,
  type CompiledConfig,
  compileConfig,
  configFlags,
  loadConfig,
  systemNetwork,
} from '#config';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import type { FlagSpec, FlagSpecs, Flags } from '../flags.ts';
import { nomadVersion, seraiVersion } from '../version.ts';

const help: Readonly<Record<string, string>> = {
  bind: 'Address to listen on. Default: 0.0.0.0, with -dev 127.0.0.1.',
  'bootstrap-expect': 'Number of servers to wait for before the first leader is elected.',
  client: 'Run as client: run allocations on this machine.',
  server: 'Run as server: hold the state and schedule.',
  'data-dir': 'Directory for the agent’s state. Private to its user.',
  dc: 'Datacenter of this agent.',
  'log-level': 'One of trace, debug, info, warn, error or off.',
  node: 'Name of this agent. Default: the host’s name.',
  region: 'Region of this agent.',
};

const boolFlags = new Set(['client', 'server', 'rejoin', 'log-json', 'log-include-location']);
const listFlags = new Set(['join', 'retry-join']);

function configSpec(name: string, key: string): FlagSpec {
  const kind = boolFlags.has(name) ? 'bool' : listFlags.has(name) ? 'list' : 'text';
  return { kind, help: help[name] ?? `Sets ${key} of the configuration.` };
}

const flags: FlagSpecs = {
  ...Object.fromEntries(Object.entries(configFlags).map(([name, key]) => [name, configSpec(name, key)])),
  config: {
    kind: 'list',
    hint: 'path',
    help: 'Configuration file, or directory whose .hcl and .json files are read in order. Later ones win, flags win over all.',
  },
  dev: {
    kind: 'bool',
    help: 'Server and client in one, on loopback, with raw_exec on. Without -data-dir nothing is kept.',
  },
  'dev-connect': { kind: 'bool', help: 'As -dev, on an address that tasks in network namespaces reach.' },
  'dev-consul': { kind: 'bool', help: 'As -dev, for trying out Consul.', hidden: true },
  'dev-vault': { kind: 'bool', help: 'As -dev, for trying out Vault.', hidden: true },
  meta: { kind: 'list', hint: 'key=value', help: 'Metadata of the client’s node.' },
  servers: { kind: 'list', hint: 'addresses', help: 'Servers of the client, separated by commas.' },
  'acl-enabled': { kind: 'bool', help: 'Turn ACLs on.' },
};

export const command: Command = {
  usage: 'agent [options]',
  help: `
Runs an agent until it is interrupted: a server, a client or both. SIGINT and SIGTERM end it in order; tasks of a client
go on running and are taken over by the next agent with the same data directory (with -dev they are stopped).`,
  flags,
  usesApi: false,
  flagsAnywhere: true,
  run: async (context, given, args) => {
    if (args.length > 0)
      throw new UsageError(`this command takes no arguments, only options: ${args.join(' ')}`);
    const read = (): ReturnType<typeof compileConfig> => {
      const raw = loadConfig({
        paths: given.list('config'),
        flags: flagValues(given),
        environment: context.env,
      });
      return compileConfig(raw, { network: systemNetwork() });
    };
    const { config, warnings } = read();
    for (const warning of warnings) context.ui.warn(`==> WARNING: ${warning.summary}; ${warning.detail}`);
    return runAgent(context, config, () => read().config);
  },
};

/** Only what was given: a flag at its default must not win over a file. */
function flagValues(given: Flags): AgentFlags {
  const values: Record<string, string | boolean | readonly string[]> = {};
  for (const { name } of given.given) {
    const spec = flags[name];
    if (name === 'config' || !spec) continue;
    values[name] =
      spec.kind === 'bool' ? given.bool(name) : spec.kind === 'list' ? given.list(name) : given.text(name);
  }
  return values;
}

async function runAgent(
  context: CommandContext,
  config: CompiledConfig,
  readAgain: () => CompiledConfig,
): Promise<number> {
  const { Agent, agentOptions } = await import('#agent');
  const options = agentOptions(config, {
    version: { serai: seraiVersion, nomad: nomadVersion },
    random: systemRandom,
    cpus: cpus().length,
  });
  const files =
    config.files.length > 0
      ? `==> Loaded configuration from ${config.files.join(', ')}`
      : '==> No configuration files loaded';
  context.ui.output(`${files}\n==> Starting Serai agent...`);
  // Lines wait until the summary is out, so that it stays readable.
  let held: string[] | undefined = [];
  const write = (line: string): void => {
    if (held) held.push(line);
    else void context.ui.write(line).catch(() => {});
  };
  const agent = new Agent(options, write);
  try {
    await agent.start();
  } catch (error) {
    for (const line of held) await context.ui.writeError(line);
    throw new Error(`Error starting agent: ${error instanceof Error ? error.message : String(error)}`);
  }
  context.ui.output(summary(config, agent.nodeId));
  await context.ui.write(held.join(''));
  held = undefined;
  const forget = watchProcess(agent, readAgain);
  await untilInterrupted(context.signal);
  context.ui.output('==> Caught signal, shutting down...');
  await agent.stop();
  forget();
  return 0;
}

/** SIGHUP reads the configuration again. A bug ends the process with a line in the log; tasks outlive it. */
function watchProcess(agent: Agent, readAgain: () => CompiledConfig): () => void {
  const reload = (): void => {
    try {
      const { logLevel } = readAgain();
      agent.setLogLevel(logLevel.toLowerCase() as LogLevel);
      agent.log.info('configuration read again: the log level is taken over, other changes need a restart', {
        log_level: logLevel,
      });
    } catch (error) {
      agent.log.error('configuration can not be read: the agent goes on with the old one', { error });
    }
  };
  const onBug = (error: unknown): void => {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    agent.log.error('internal error: the agent ends, its tasks go on', { error: message, stack });
    process.exit(1);
  };
  process.on('SIGHUP', reload);
  process.on('uncaughtException', onBug);
  return () => {
    process.off('SIGHUP', reload);
    process.off('uncaughtException', onBug);
  };
}

function summary(config: CompiledConfig, nodeId: string | undefined): string {
  const rows: [string, string][] = [
    ['Advertise Addrs', `HTTP: ${config.advertised.http}; RPC: ${config.advertised.rpc}`],
    [
      'Bind Addrs',
      `HTTP: [${config.bind.http.map((host) => `${host}:${config.ports.http}`).join(' ')}]; RPC: ${config.bind.rpc}:${config.ports.rpc}`,
    ],
    ['Client', String(config.client.enabled)],
    ['Log Level', config.logLevel.toUpperCase()],
    ['Node Id', nodeId ?? 'none'],
    ['Region', `${config.region} (DC: ${config.datacenter})`],
    ['Server', String(config.server.enabled)],
    ['Version', `${seraiVersion} (speaks Nomad ${nomadVersion})`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padStart(width + 1)}: ${value}`);
  return `==> Serai agent configuration:\n\n${lines.join('\n')}\n\n==> Serai agent started! Log data will stream in below:\n`;
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
