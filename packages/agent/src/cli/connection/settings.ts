// SPDX-License-Identifier: MPL-2.0
// Flags of every command that talks to an agent, and what they mean together with the environment.

import type { FlagSpecs, Flags } from '../flags.ts';

export const apiFlags: FlagSpecs = {
  address: {
    kind: 'text',
    hint: 'addr',
    help: 'Address of the agent. Default: NOMAD_ADDR, else http://127.0.0.1:4646.',
  },
  region: {
    kind: 'text',
    hint: 'region',
    help: 'Region to send the request to. Default: NOMAD_REGION, else the agent’s own.',
  },
  namespace: {
    kind: 'text',
    hint: 'namespace',
    help: 'Namespace of the objects. Default: NOMAD_NAMESPACE, else "default".',
  },
  token: { kind: 'text', hint: 'token', help: 'Secret ID of an ACL token. Default: NOMAD_TOKEN.' },
  'no-color': { kind: 'bool', help: 'No colours. Also NOMAD_CLI_NO_COLOR or NO_COLOR.' },
  'force-color': {
    kind: 'bool',
    help: 'Colours also when the output is no terminal. Also NOMAD_CLI_FORCE_COLOR.',
  },
};

export interface ApiSettings {
  /** URL without a trailing slash */
  readonly address: string;
  readonly region: string;
  readonly namespace: string;
  readonly token: string;
  /** `user:password` for a proxy before the agent; '' : none */
  readonly httpAuth: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function apiSettings(flags: Flags, env: Environment): ApiSettings {
  const pick = (flag: string, variable: string, fallback: string): string => {
    if (flags.has(flag)) return flags.text(flag);
    const value = env[variable];
    return value === undefined || value === '' ? fallback : value;
  };
  const address = pick('address', 'NOMAD_ADDR', 'http://127.0.0.1:4646').replace(/\/+$/, '');
  return {
    address: /^[a-z]+:\/\//.test(address) ? address : `http://${address}`,
    region: pick('region', 'NOMAD_REGION', ''),
    namespace: pick('namespace', 'NOMAD_NAMESPACE', ''),
    token: pick('token', 'NOMAD_TOKEN', ''),
    httpAuth: env['NOMAD_HTTP_AUTH'] ?? '',
  };
}
