// SPDX-License-Identifier: MPL-2.0
// Where the agent listens and what it tells others: templates expanded, defaults chosen.

import { isLoopback, isUnspecified, joinHostPort, splitHostPort } from '../address/ip.ts';
import type { NetworkInfo } from '../address/network.ts';
import { expandAddressTemplate, privateOf, publicOf, TemplateError } from '../address/template.ts';
import type { AgentSettings } from '../schema/agent.ts';
import type { Problems } from './problems.ts';

export interface BindAddresses {
  /** One or several. */
  readonly http: readonly string[];
  readonly rpc: string;
  readonly serf: string;
}

/** `host:port` each. */
export interface AdvertiseAddresses {
  readonly http: string;
  readonly rpc: string;
  readonly serf: string;
}

interface Context {
  readonly settings: AgentSettings;
  readonly network: NetworkInfo;
  readonly problems: Problems;
  readonly dev: boolean;
}

export function bindAddresses(context: Context): BindAddresses {
  const { settings } = context;
  const fallback = expandOne('bind_addr', settings.bindAddr, context);
  const http = expand('addresses.http', settings.addresses.http, context)
    .split(/\s+/)
    .filter((each) => each !== '');
  return {
    http: http.length > 0 ? http : [fallback],
    rpc: expandOne('addresses.rpc', settings.addresses.rpc, context) || fallback,
    serf: expandOne('addresses.serf', settings.addresses.serf, context) || fallback,
  };
}

export function advertiseAddresses(bind: BindAddresses, context: Context): AdvertiseAddresses {
  const { ports } = context.settings;
  // Of several, one that others can reach.
  const http = bind.http.find((each) => !isLoopback(each)) ?? bind.http[0] ?? '';
  return {
    http: advertised('http', { bind: http, port: ports.http }, context),
    rpc: advertised('rpc', { bind: bind.rpc, port: ports.rpc }, context),
    // Only servers gossip.
    serf: context.settings.server.enabled
      ? advertised('serf', { bind: bind.serf, port: ports.serf }, context)
      : '',
  };
}

/** Text with templates; '' after a mistake. */
export function expand(path: string, text: string, context: Pick<Context, 'network' | 'problems'>): string {
  try {
    const result = expandAddressTemplate(text, context.network);
    if (text.trim() !== '' && result === '') {
      context.problems.error(
        path,
        `the address template ${JSON.stringify(text)} of ${path} found no address on this machine`,
      );
    }
    return result;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    context.problems.error(path, `${path}: ${error.message}`);
    return '';
  }
}

function expandOne(path: string, text: string, context: Context): string {
  const addresses = expand(path, text, context).split(/\s+/);
  if (addresses.length > 1) {
    context.problems.error(
      path,
      `${path} resolves to multiple addresses (${addresses.join(', ')}), but only one is allowed`,
    );
  }
  return addresses[0] ?? '';
}

function advertised(
  name: keyof AdvertiseAddresses,
  own: { bind: string; port: number },
  context: Context,
): string {
  const path = `advertise.${name}`;
  const written = context.settings.advertise[name];
  if (written !== '')
    return explicitAddress(path, { text: expandOne(path, written, context), port: own.port }, context);
  if (isLoopback(own.bind)) {
    if (!context.dev) {
      context.problems.error(
        context.problems.isSet(`addresses.${name}`) ? `addresses.${name}` : 'bind_addr',
        `Defaulting advertise to localhost is unsafe, please set advertise manually: ${path} is not set and ${own.bind} is bound`,
      );
    }
    return joinHostPort(own.bind, own.port);
  }
  if (!isUnspecified(own.bind)) return joinHostPort(own.bind, own.port);
  return joinHostPort(ownAddress(path, context), own.port);
}

function explicitAddress(path: string, given: { text: string; port: number }, context: Context): string {
  if (given.text === '') return '';
  const parts = splitHostPort(given.text);
  if (!parts || parts.host === '') {
    context.problems.error(
      path,
      `${path} ${JSON.stringify(given.text)} is no address: write host or host:port`,
    );
    return '';
  }
  if (isUnspecified(parts.host)) {
    context.problems.error(
      path,
      `${path} ${given.text} is not advertisable: others can't reach it; give an address of this machine`,
    );
  }
  return joinHostPort(parts.host, parts.port ?? given.port);
}

/** A private address of this machine, or else any address that others might reach. */
function ownAddress(path: string, context: Context): string {
  const { network } = context;
  const found = privateOf(network)[0] ?? publicOf(network)[0];
  if (found) return found.address;
  if (context.dev) return '127.0.0.1';
  context.problems.error(path, `no address of this machine could be found to advertise, please set ${path}`);
  return '127.0.0.1';
}
