// SPDX-License-Identifier: MPL-2.0
// Kinds of IP addresses.

import { BlockList, isIP } from 'node:net';

type Family = 'ipv4' | 'ipv6';

export function familyOf(address: string): Family | undefined {
  const version = isIP(address);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}

function listOf(...networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return list;
}

function addNetwork(list: BlockList, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/');
  const family = familyOf(address);
  if (!family || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 'ipv4' ? 32 : 128)) return false;
  list.addSubnet(address, Number(prefix), family);
  return true;
}

let privateList: BlockList | undefined;
let linkLocalList: BlockList | undefined;

/**
 * Private networks (RFC 1918, RFC 6598, unique local IPv6) and those that RFC 6890 sets aside for documentation and
 * tests: the template functions of the original count all of these as private.
 */
const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  'fc00::/7',
  '2001:db8::/32',
];

export function isPrivate(address: string): boolean {
  privateList ??= listOf(...privateNetworks);
  return contains(privateList, address);
}

export function isLinkLocal(address: string): boolean {
  linkLocalList ??= listOf('169.254.0.0/16', 'fe80::/10');
  return contains(linkLocalList, address);
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address === 'localhost';
}

export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || address === '';
}

/** Neither private nor special. */
export function isPublic(address: string): boolean {
  return !isPrivate(address) && !isLinkLocal(address) && !isLoopback(address) && !isUnspecified(address);
}

/** Undefined when the network is not written as address/prefix. */
export function inNetwork(address: string, network: string): boolean | undefined {
  const list = new BlockList();
  return addNetwork(list, network) ? contains(list, address) : undefined;
}

function contains(list: BlockList, address: string): boolean {
  const family = familyOf(address);
  return family !== undefined && list.check(address, family);
}

/** `host:port`, with brackets around IPv6. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Host and port of `host`, `host:port`, `[v6]:port` or a bare IPv6 address. */
export function splitHostPort(text: string): { host: string; port: number | undefined } | undefined {
  if (familyOf(text) === 'ipv6') return { host: text, port: undefined };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && port > 65_535) return undefined;
  return { host: match[1] ?? match[2] ?? '', port };
}
