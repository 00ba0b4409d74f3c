// SPDX-License-Identifier: MPL-2.0
// The addresses of this machine, as the configuration sees them.

import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

export interface InterfaceAddress {
  /** eth0 */
  readonly name: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Prefix length. */
  readonly prefix: number;
  readonly loopback: boolean;
}

export interface NetworkInfo {
  readonly hostName: string;
  readonly addresses: readonly InterfaceAddress[];
  /** The interface with the default route; '' when there is none. */
  readonly defaultInterface: string;
}

/** Read from the operating system. */
export function systemNetwork(): NetworkInfo {
  const addresses: InterfaceAddress[] = [];
  for (const [name, list] of Object.entries(networkInterfaces())) {
    for (const each of list ?? []) {
      const prefix = Number(each.cidr?.split('/')[1] ?? 0);
      addresses.push({ name, address: each.address, family: each.family, prefix, loopback: each.internal });
    }
  }
  return { hostName: hostname(), addresses, defaultInterface: defaultInterface() };
}

/** From the kernel's routing table; on other systems than Linux there is none to read. */
function defaultInterface(): string {
  try {
    return defaultRouteOf(readFileSync('/proc/net/route', 'latin1'));
  } catch {
    return '';
  }
}

/** The interface of the route to 0.0.0.0/0 with the lowest metric. */
export function defaultRouteOf(table: string): string {
  const routes = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
    .sort((a, b) => Number(a[6]) - Number(b[6]));
  return routes[0]?.[0] ?? '';
}
