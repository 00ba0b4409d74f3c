// SPDX-License-Identifier: MPL-2.0
// cidrhost cidrnetmask cidrsubnet cidrsubnets, for IPv4 and IPv6.

import { isIPv4, isIPv6 } from 'node:net';
import type { Value } from '../value/value.ts';
import { define, defineVariadic, number, text } from './define.ts';
import { ArgumentError, FunctionError, type FunctionSpec } from './spec.ts';

interface Network {
  readonly base: bigint;
  readonly prefix: number;
  /** 32 or 128. */
  readonly width: number;
}

export const ipFunctions: readonly FunctionSpec[] = [
  define('cidrhost', [text('prefix'), number('hostnum')], (args) =>
    host(parseNetwork(args.text(0)), wholeAt(args.values, 1)),
  ),
  define('cidrnetmask', [text('prefix')], (args) => {
    const network = parseNetwork(args.text(0));
    if (network.width !== 32) throw new ArgumentError(0, 'IPv6 addresses cannot have a netmask');
    return printAddress(maskOf(network.prefix, 32), 32);
  }),
  define('cidrsubnet', [text('prefix'), number('newbits'), number('netnum')], (args) => {
    const network = parseNetwork(args.text(0));
    return printNetwork(subnet(network, wholeAt(args.values, 1), wholeAt(args.values, 2)));
  }),
  defineVariadic('cidrsubnets', [text('prefix'), number('newbits')], (args, { budget }) => {
    budget.chargeElements(args.count - 1);
    const network = parseNetwork(args.text(0));
    return subnets(
      network,
      args.from(1).map((_, i) => wholeAt(args.values, i + 1)),
    );
  }),
];

function wholeAt(values: readonly Value[], index: number): number {
  const value = values[index];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new ArgumentError(index, 'a whole number is required');
}

function parseNetwork(value: string): Network {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(value);
  const address = match?.[1] ?? '';
  const width = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : 0;
  const prefix = Number(match?.[2]);
  if (width === 0 || prefix > width) {
    throw new ArgumentError(
      0,
      `invalid CIDR expression: ${JSON.stringify(value.slice(0, 64))}, e.g. 10.0.0.0/8`,
    );
  }
  const bits = width === 32 ? ipv4Bits(address) : ipv6Bits(address);
  return { base: bits & maskOf(prefix, width), prefix, width };
}

function ipv4Bits(address: string): bigint {
  return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(address: string): bigint {
  let full = address;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted) {
    const bits = ipv4Bits(dotted[2] ?? '');
    full = `${dotted[1]}${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  }
  const [head = '', tail] = full.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((bits, part) => (bits << 16n) | BigInt(`0x${part}`), 0n);
}

function maskOf(prefix: number, width: number): bigint {
  return ((1n << BigInt(prefix)) - 1n) << BigInt(width - prefix);
}

function host(network: Network, number: number): string {
  const free = BigInt(network.width - network.prefix);
  const size = 1n << free;
  const wanted = BigInt(number);
  if (wanted >= size || wanted < -size) {
    throw new FunctionError(`prefix of ${network.prefix} does not accommodate a host numbered ${number}`);
  }
  // Negative numbers count from the end.
  return printAddress(network.base + (wanted < 0n ? size + wanted : wanted), network.width);
}

function subnet(network: Network, newBits: number, netNumber: number): Network {
  const prefix = network.prefix + newBits;
  if (newBits < 0 || prefix > network.width) {
    throw new FunctionError(`not enough remaining address space to extend the prefix by ${newBits} bits`);
  }
  const wanted = BigInt(netNumber);
  if (wanted < 0n || wanted >= 1n << BigInt(newBits)) {
    throw new FunctionError(
      `prefix extension of ${newBits} does not accommodate a subnet numbered ${netNumber}`,
    );
  }
  return { base: network.base | (wanted << BigInt(network.width - prefix)), prefix, width: network.width };
}

/** One network after another, each aligned to its own size. */
function subnets(network: Network, newBits: readonly number[]): Value {
  const end = network.base + (1n << BigInt(network.width - network.prefix));
  let next = network.base;
  return newBits.map((bits, i) => {
    const prefix = network.prefix + bits;
    if (bits < 1) throw new ArgumentError(i + 1, 'must extend prefix by at least one bit');
    if (prefix > network.width) {
      throw new ArgumentError(
        i + 1,
        `not enough remaining address space to extend the prefix by ${bits} bits`,
      );
    }
    const size = 1n << BigInt(network.width - prefix);
    const base = ((next - network.base + size - 1n) / size) * size + network.base;
    if (base + size > end)
      throw new ArgumentError(
        i + 1,
        `not enough remaining address space for a subnet with a prefix of ${prefix} bits`,
      );
    next = base + size;
    return printNetwork({ base, prefix, width: network.width });
  });
}

function printNetwork(network: Network): string {
  return `${printAddress(network.base, network.width)}/${network.prefix}`;
}

function printAddress(bits: bigint, width: number): string {
  if (width === 32) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return compress(groups);
}

/** The longest run of at least two zero groups becomes "::". */
function compress(groups: readonly string[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}
