// SPDX-License-Identifier: MPL-2.0
// Environment variables that feed the defaults: files and flags override them.

import type { Scope } from '#hcl';
import { agentShape } from '../schema/agent.ts';
import { ConfigNode } from './node.ts';
import { setText } from './text-layer.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const variables: Readonly<Record<string, string>> = {
  CONSUL_HTTP_ADDR: 'consul.address',
  CONSUL_HTTP_TOKEN: 'consul.token',
  CONSUL_HTTP_AUTH: 'consul.auth',
  CONSUL_HTTP_SSL: 'consul.ssl',
  CONSUL_HTTP_SSL_VERIFY: 'consul.verify_ssl',
  CONSUL_CACERT: 'consul.ca_file',
  CONSUL_CLIENT_CERT: 'consul.cert_file',
  CONSUL_CLIENT_KEY: 'consul.key_file',
  CONSUL_NAMESPACE: 'consul.namespace',
  CONSUL_GRPC_ADDR: 'consul.grpc_address',
  CONSUL_GRPC_CACERT: 'consul.grpc_ca_file',
  NOMAD_LICENSE_PATH: 'server.license_path',
  VAULT_TOKEN: 'vault.token',
  VAULT_NAMESPACE: 'vault.namespace',
};

export function environmentLayer(environment: Environment, scope: Scope): ConfigNode {
  const root = new ConfigNode();
  for (const [name, path] of Object.entries(variables)) {
    const value = environment[name];
    if (value === undefined || value === '') continue;
    const origin = `the environment variable ${name}`;
    setText(root, { origin, path, value }, { shape: agentShape, scope });
  }
  return root;
}
