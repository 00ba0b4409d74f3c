// SPDX-License-Identifier: MPL-2.0
// The options of `agent` and the keys they set.

import { AppError } from '#base';
import type { Scope } from '#hcl';
import { agentShape } from '../schema/agent.ts';
import type { Shape } from '../schema/field.ts';
import { ConfigNode } from './node.ts';
import { setText } from './text-layer.ts';

/** By name without the dash, as they were given: `{ dev: true, 'data-dir': '/x', 'retry-join': ['a', 'b'] }`. */
export type AgentFlags = Readonly<Record<string, string | boolean | readonly string[]>>;

/** Flags that are no configuration keys. */
const otherFlags = new Set([
  'config',
  'dev',
  'dev-connect',
  'dev-consul',
  'dev-vault',
  'meta',
  'servers',
  'acl-enabled',
]);

const plainFlags: Readonly<Record<string, string>> = {
  'acl-replication-token': 'acl.replication_token',
  'alloc-dir': 'client.alloc_dir',
  bind: 'bind_addr',
  'bootstrap-expect': 'server.bootstrap_expect',
  client: 'client.enabled',
  'data-dir': 'data_dir',
  dc: 'datacenter',
  encrypt: 'server.encrypt',
  join: 'server.server_join.start_join',
  'log-include-location': 'log_include_location',
  'log-json': 'log_json',
  'log-level': 'log_level',
  'network-interface': 'client.network_interface',
  'network-speed': 'client.network_speed',
  node: 'name',
  'node-class': 'client.node_class',
  'node-pool': 'client.node_pool',
  'plugin-dir': 'plugin_dir',
  'raft-protocol': 'server.raft_protocol',
  region: 'region',
  rejoin: 'server.rejoin_after_leave',
  'retry-interval': 'server.server_join.retry_interval',
  'retry-join': 'server.server_join.retry_join',
  'retry-max': 'server.server_join.retry_max',
  server: 'server.enabled',
  'state-dir': 'client.state_dir',
};

const consulKeys = [
  'address',
  'allow-unauthenticated',
  'auth',
  'auto-advertise',
  'ca-file',
  'cert-file',
  'checks-use-advertise',
  'client-auto-join',
  'client-http-check-name',
  'client-service-name',
  'key-file',
  'server-auto-join',
  'server-http-check-name',
  'server-rpc-check-name',
  'server-serf-check-name',
  'server-service-name',
  'ssl',
  'token',
  'verify-ssl',
];

const vaultKeys = [
  'address',
  'allow-unauthenticated',
  'ca-file',
  'ca-path',
  'cert-file',
  'create-from-role',
  'enabled',
  'key-file',
  'namespace',
  'tls-server-name',
  'tls-skip-verify',
  'token',
];

/** Flag name to configuration key. The command line takes its list of flags from here. */
export const configFlags: Readonly<Record<string, string>> = {
  ...plainFlags,
  ...prefixed('consul', consulKeys),
  ...prefixed('vault', vaultKeys),
};

function prefixed(block: string, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [`${block}-${key}`, `${block}.${key.replaceAll('-', '_')}`]));
}

/** A tree of what the flags say. */
export function flagLayer(flags: AgentFlags, scope: Scope): ConfigNode {
  const root = new ConfigNode();
  const context = { shape: agentShape, scope };
  for (const [name, value] of Object.entries(flags)) {
    const origin = `the option -${name}`;
    const path = configFlags[name];
    if (path !== undefined) setText(root, { origin, path, value }, context);
    else if (!otherFlags.has(name)) throw new AppError('invalid', `the agent has no option -${name}`);
  }
  const servers = listOf(flags['servers']).flatMap((each) => each.split(','));
  if (servers.length > 0) {
    const value = servers.map((each) => each.trim()).filter((each) => each !== '');
    setText(root, { origin: 'the option -servers', path: 'client.servers', value }, context);
  }
  if (flags['acl-enabled'] === true || flags['acl-enabled'] === 'true') {
    setText(root, { origin: 'the option -acl-enabled', path: 'acl.enabled', value: true }, context);
  }
  copyJoinToClient(root);
  addMeta(root, listOf(flags['meta']), context);
  return root;
}

/** -retry-join serves both modes; -join is for servers only. */
function copyJoinToClient(root: ConfigNode): void {
  const join = root.blocks.get('server')?.blocks.get('server_join');
  const clientOnly =
    root.find('client.enabled')?.value === true && root.find('server.enabled')?.value !== true;
  if (!join || !clientOnly) return;
  for (const [key, entry] of join.values) root.block('client').block('server_join').values.set(key, entry);
  root.blocks.get('server')?.blocks.delete('server_join');
}

function addMeta(root: ConfigNode, pairs: readonly string[], context: { shape: Shape; scope: Scope }): void {
  if (pairs.length === 0) return;
  const meta: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals <= 0) {
      const detail = `Error parsing Client.Meta value: ${pair}; write -meta key=value.`;
      context.scope.diagnostics.error('Invalid -meta option', detail);
    } else meta[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  setText(
    root,
    { origin: 'the option -meta', path: 'client.meta', value: new Map(Object.entries(meta)) },
    context,
  );
}

function listOf(value: AgentFlags[string] | undefined): readonly string[] {
  if (value === undefined || typeof value === 'boolean') return [];
  return typeof value === 'string' ? [value] : value;
}
