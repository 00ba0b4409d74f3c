// SPDX-License-Identifier: MPL-2.0
// The addresses that tasks get ports on: the interface of the default route (or the configured one), and host networks.

import type { NetworkResource, NodeNetworkResource } from '@serai/api';
import { make, NetworkResource as NetworkResourceSchema } from '@serai/api';
import type { HostAddress, HostReader } from '../../host/host-reader.ts';
import type { ClientOptions, HostNetworkOptions } from '../../options.ts';
import type { Fingerprinter } from '../fingerprinter.ts';
import { inCidr } from './cidr.ts';

/** Mbit/s, when the interface does not say. */
const fallbackSpeedMbits = 1000;

export const networkFingerprinter: Fingerprinter = {
  name: 'network',
  periodMs: 0,
  async detect({ host, options }) {
    const all = host.addresses();
    const device = await chooseInterface(host, options, all);
    if (device === undefined) return {};
    const allowLinkLocal = options.options['fingerprint.network.disallow_link_local'] !== 'true';
    const own = withoutLinkLocal(
      all.filter((entry) => entry.interface === device),
      allowLinkLocal,
    );
    const speed = await speedOf(host, options, device);
    const primary = own.find((entry) => entry.family === 'ipv4') ?? own[0];
    return {
      attributes: primary ? { 'unique.network.ip-address': primary.address } : {},
      networks: own.map((entry) => networkOf(entry, speed)),
      nodeNetworks: await nodeNetworks({ host, options, device, own, all }),
    };
  },
};

async function chooseInterface(
  host: HostReader,
  options: ClientOptions,
  all: readonly HostAddress[],
): Promise<string | undefined> {
  if (options.networkInterface !== '') {
    const known = all.some((entry) => entry.interface === options.networkInterface);
    return known ? options.networkInterface : undefined;
  }
  const loopback = all.find((entry) => entry.internal)?.interface;
  // a dev agent listens on loopback: its tasks' ports are announced there too
  if (options.devMode && loopback !== undefined) return loopback;
  const route = defaultRouteInterface((await host.readText('/proc/net/route')) ?? '');
  if (route !== undefined && all.some((entry) => entry.interface === route)) return route;
  return all.find((entry) => !entry.internal)?.interface ?? loopback;
}

/** Interface of the default route with the lowest metric, from /proc/net/route. */
export function defaultRouteInterface(text: string): string | undefined {
  const up = 0x1;
  let best: { name: string; metric: number } | undefined;
  for (const line of text.split('\n').slice(1)) {
    const [name, destination, , flags, , , metric, mask] = line.trim().split(/\s+/);
    if (name === undefined || destination !== '00000000' || mask !== '00000000') continue;
    if ((Number.parseInt(flags ?? '0', 16) & up) === 0) continue;
    const cost = Number(metric);
    if (!best || cost < best.metric) best = { name, metric: cost };
  }
  return best?.name;
}

/** Link-local addresses are used only where there is nothing else, or not at all. */
function withoutLinkLocal(addresses: readonly HostAddress[], allowed: boolean): readonly HostAddress[] {
  const rest = addresses.filter((entry) => !isLinkLocal(entry));
  return rest.length > 0 || !allowed ? rest : addresses;
}

function isLinkLocal(entry: HostAddress): boolean {
  return entry.family === 'ipv4' ? entry.address.startsWith('169.254.') : /^fe[89ab]/i.test(entry.address);
}

async function speedOf(host: HostReader, options: ClientOptions, device: string): Promise<number> {
  if (options.networkSpeedMbits > 0) return options.networkSpeedMbits;
  const speed = Number((await host.readText(`/sys/class/net/${device}/speed`))?.trim());
  return speed > 0 ? speed : fallbackSpeedMbits;
}

function networkOf(entry: HostAddress, speedMbits: number): NetworkResource {
  return make(NetworkResourceSchema, {
    Mode: 'host',
    Device: entry.interface,
    CIDR: `${entry.address}/${entry.family === 'ipv4' ? 32 : 128}`,
    IP: entry.address,
    MBits: speedMbits,
  });
}

interface NodeNetworkInput {
  readonly host: HostReader;
  readonly options: ClientOptions;
  readonly device: string;
  readonly own: readonly HostAddress[];
  readonly all: readonly HostAddress[];
}

async function nodeNetworks(input: NodeNetworkInput): Promise<NodeNetworkResource[]> {
  const { host, options, device, own, all } = input;
  const byDevice = new Map<string, NodeNetworkResource>();
  for (const entry of all) {
    for (const alias of aliasesOf(entry, options.hostNetworks, own)) {
      let network = byDevice.get(entry.interface);
      if (!network) {
        network = {
          Mode: 'host',
          Device: entry.interface,
          MacAddress: entry.mac === '00:00:00:00:00:00' ? '' : entry.mac,
          Speed: await speedOf(host, options, entry.interface),
          Addresses: [],
        };
      }
      const address = {
        Family: entry.family,
        Alias: alias,
        Address: entry.address,
        ReservedPorts: options.hostNetworks[alias]?.reservedPorts ?? '',
        Gateway: '',
      };
      byDevice.set(entry.interface, { ...network, Addresses: [...(network.Addresses ?? []), address] });
    }
  }
  // the device of the default route first: schedulers take the first one
  return [...byDevice.values()].sort((a, b) => Number(b.Device === device) - Number(a.Device === device));
}

/** Names of the host networks an address belongs to; `default` for the main interface. */
function aliasesOf(
  entry: HostAddress,
  hostNetworks: Readonly<Record<string, HostNetworkOptions>>,
  own: readonly HostAddress[],
): string[] {
  const names = Object.entries(hostNetworks)
    .filter(([, network]) =>
      network.cidr !== '' ? inCidr(entry.address, network.cidr) : network.interface === entry.interface,
    )
    .map(([name]) => name);
  if (own.includes(entry) && !names.includes('default') && !Object.hasOwn(hostNetworks, 'default'))
    names.unshift('default');
  return names;
}
