// SPDX-License-Identifier: MPL-2.0
// Which configuration keys this version acts on: found by letting the agent read a configuration that notes each read.

import { agentOptions } from '../../packages/agent/src/agent/from-config.ts';
import { refuseWhatIsMissing } from '../../packages/agent/src/agent/refusals.ts';
import { systemRandom } from '../../packages/agent/src/base/index.ts';
import {
  type CompiledConfig,
  type ConfigFiles,
  compileConfig,
  loadConfig,
  type NetworkInfo,
} from '../../packages/agent/src/config/index.ts';

const network: NetworkInfo = { hostName: 'host', addresses: [], defaultInterface: '' };

/** What the compiled configuration holds instead of single keys, and the keys it is made of. */
const derived: Readonly<Record<string, readonly string[]>> = {
  'bind.http': ['addresses.http', 'bindAddr'],
  'bind.rpc': ['addresses.rpc', 'bindAddr'],
  'advertised.http': ['advertise.http'],
  'advertised.rpc': ['advertise.rpc'],
  'advertised.serf': ['advertise.serf', 'addresses.serf'],
  'join.client.retryJoin': ['client.serverJoin.retryJoin'],
  'join.client.startJoin': ['client.serverJoin.startJoin'],
  'join.server.startJoin': ['server.serverJoin.startJoin', 'server.startJoin'],
  'join.server.retryJoin': ['server.serverJoin.retryJoin', 'server.retryJoin'],
};

/** Handed to the client, which does nothing with them before it has bridge networks. */
const notYet = ['client.cniPath', 'client.bridgeNetworkHairpinMode'];

export interface KeyUse {
  readonly used: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

/** Paths of compiled names: `server.heartbeatGraceMs`. */
export function findKeyUse(): KeyUse {
  const config = sampleConfig();
  const refused = readsOf(config, refuseWhatIsMissing);
  const all = readsOf(config, (recorded) =>
    agentOptions(recorded, { version: { serai: '', nomad: '' }, random: systemRandom, cpus: 1 }),
  );
  const used = new Set<string>();
  for (const [path, count] of all) if (count > (refused.get(path) ?? 0)) add(used, path);
  for (const path of notYet) used.delete(path);
  const only = new Set<string>();
  for (const path of refused.keys()) if (!used.has(path)) add(only, path);
  // The command line shows it, and the number of servers decides whether the agent starts.
  only.add('server.bootstrapExpect');
  return { used, refused: only };
}

function add(set: Set<string>, path: string): void {
  for (const key of derived[path] ?? [path]) set.add(key);
}

const sample = `
data_dir  = "/nowhere"
bind_addr = "192.0.2.1"
server { enabled = true }
client {
  enabled = true
  servers = ["192.0.2.2"]
  host_volume "sample" { path = "/nowhere" }
  host_network "sample" { interface = "sample" }
}
plugin "sample" {
  config {}
}
`;

function sampleConfig(): CompiledConfig {
  const files: ConfigFiles = { kind: () => 'file', list: () => [], read: () => Buffer.from(sample) };
  return compileConfig(loadConfig({ paths: ['sample.hcl'] }, files), { network }).config;
}

function readsOf(config: CompiledConfig, run: (recorded: CompiledConfig) => unknown): Map<string, number> {
  const counts = new Map<string, number>();
  run(recording(config, '', (path) => counts.set(path, (counts.get(path) ?? 0) + 1)));
  return counts;
}

/** Notes reads by name. Walks over all keys (what shows the configuration) don't count. */
function recording<T extends object>(target: T, prefix: string, note: (path: string) => void): T {
  let walkedKey: string | symbol | undefined;
  return new Proxy(target, {
    getOwnPropertyDescriptor: (of, key) => {
      walkedKey = key;
      return Reflect.getOwnPropertyDescriptor(of, key);
    },
    get: (of, key) => {
      const value: unknown = Reflect.get(of, key);
      const walked = walkedKey === key;
      walkedKey = undefined;
      if (walked || typeof key === 'symbol' || !Object.hasOwn(of, key)) return value;
      const path = `${prefix}${key}`;
      note(path);
      const isBlock = Object.prototype.toString.call(value) === '[object Object]';
      return isBlock ? recording(value as object, `${path}.`, note) : value;
    },
  });
}
