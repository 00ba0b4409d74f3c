// SPDX-License-Identifier: MPL-2.0
// Address templates: {{ GetPrivateIP }}, {{ GetInterfaceIP "eth0" }}, {{ GetAllInterfaces | include "network"
// "10.0.0.0/8" | attr "address" }}. The names are those of go-sockaddr.

import { createRequire } from 'node:module';
import { inNetwork, isLinkLocal, isLoopback, isPrivate, isPublic } from './ip.ts';
import type { InterfaceAddress, NetworkInfo } from './network.ts';

/** The message names what is wrong with the template. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

type Data = readonly InterfaceAddress[] | string;

interface Call {
  readonly name: string;
  readonly args: readonly string[];
}

/** Text with its templates replaced. Text without `{{` comes back as it is. */
export function expandAddressTemplate(text: string, network: NetworkInfo): string {
  if (!text.includes('{{')) return text.trim();
  const expanded = text.replace(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (_, body: string) => run(body, network));
  if (expanded.includes('{{'))
    throw new TemplateError(`unable to parse address template ${JSON.stringify(text)}: "{{" is never closed`);
  return expanded.trim();
}

function run(body: string, network: NetworkInfo): string {
  const [source, ...steps] = parsePipeline(body);
  if (!source) throw new TemplateError('the address template is empty');
  let data = start(source, network);
  for (const step of steps) data = apply(step, data, network);
  if (typeof data === 'string') return data;
  throw new TemplateError(
    `the address template ${JSON.stringify(body)} ends in a list of interfaces; add | attr "address" or | join "address" " "`,
  );
}

/** Words, quoted words and pipes. */
function parsePipeline(body: string): Call[] {
  const calls: Call[] = [];
  let words: string[] = [];
  const token = /\s*(?:(\|)|"((?:[^"\\]|\\.)*)"|`([^`]*)`|([^\s|"`]+))/y;
  while (token.lastIndex < body.length) {
    const at = token.lastIndex;
    const match = token.exec(body);
    if (!match) {
      if (body.slice(at).trim() === '') break;
      throw new TemplateError(`unable to parse address template ${JSON.stringify(body)}`);
    }
    if (match[1] !== undefined) {
      calls.push(callOf(words, body));
      words = [];
    } else words.push(match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? match[4] ?? '');
  }
  calls.push(callOf(words, body));
  return calls;
}

function callOf(words: readonly string[], body: string): Call {
  const [name, ...args] = words;
  if (name === undefined) throw new TemplateError(`unable to parse address template ${JSON.stringify(body)}`);
  return { name, args };
}

type Source = (network: NetworkInfo, argument: string) => Data;

const sources: Readonly<Record<string, Source>> = {
  GetAllInterfaces: (network) => network.addresses,
  GetDefaultInterfaces: (network) =>
    network.addresses.filter((each) => each.name === network.defaultInterface),
  GetPrivateInterfaces: (network) => privateOf(network),
  GetPublicInterfaces: (network) => publicOf(network),
  GetPrivateIP: (network) => privateOf(network)[0]?.address ?? '',
  GetPrivateIPs: (network) => joined(privateOf(network)),
  GetPublicIP: (network) => publicOf(network)[0]?.address ?? '',
  GetPublicIPs: (network) => joined(publicOf(network)),
  GetInterfaceIP: (network, name) => interfaceOf(network, name)[0]?.address ?? '',
  GetInterfaceIPs: (network, name) => joined(interfaceOf(network, name)),
};

function start(call: Call, network: NetworkInfo): Data {
  const source = sources[call.name];
  if (!source) {
    throw new TemplateError(
      `address template function ${JSON.stringify(call.name)} is not known; use one of ${Object.keys(sources).join(', ')}`,
    );
  }
  const wanted = call.name.startsWith('GetInterfaceIP') ? 1 : 0;
  if (call.args.length !== wanted) {
    throw new TemplateError(
      `${call.name} takes ${wanted} argument(s), e.g. {{ ${call.name}${wanted === 1 ? ' "eth0"' : ''} }}`,
    );
  }
  return source(network, call.args[0] ?? '');
}

/** Addresses of the default interface first, IPv4 first. */
function usable(network: NetworkInfo): InterfaceAddress[] {
  const rank = (each: InterfaceAddress): number =>
    (each.name === network.defaultInterface ? 0 : 2) + (each.family === 'IPv4' ? 0 : 1);
  return network.addresses
    .filter((each) => !each.loopback && !isLinkLocal(each.address))
    .sort((a, b) => rank(a) - rank(b));
}

export function privateOf(network: NetworkInfo): InterfaceAddress[] {
  return usable(network).filter((each) => isPrivate(each.address));
}

export function publicOf(network: NetworkInfo): InterfaceAddress[] {
  return usable(network).filter((each) => isPublic(each.address));
}

function interfaceOf(network: NetworkInfo, name: string): InterfaceAddress[] {
  return network.addresses
    .filter((each) => each.name === name && !isLinkLocal(each.address))
    .sort((a, b) => a.family.localeCompare(b.family));
}

function joined(list: readonly InterfaceAddress[]): string {
  return list.map((each) => each.address).join(' ');
}

function apply(call: Call, data: Data, network: NetworkInfo): Data {
  if (typeof data === 'string') throw new TemplateError(`${call.name} needs a list of interfaces, not text`);
  const [first = '', second = ''] = call.args;
  switch (call.name) {
    case 'include':
      return data.filter((each) => matches(each, first, second));
    case 'exclude':
      return data.filter((each) => !matches(each, first, second));
    case 'attr':
      return data[0] ? attributeOf(data[0], first) : '';
    case 'join':
      return data.map((each) => attributeOf(each, first)).join(second);
    case 'limit':
      return data.slice(0, wholeNumber(call));
    case 'offset':
      return data.slice(wholeNumber(call));
    case 'unique':
      return data.filter(
        (each, i) => data.findIndex((other) => attributeOf(other, first) === attributeOf(each, first)) === i,
      );
    case 'sort':
      return sorted(data, first, network);
    default:
      throw new TemplateError(`address template filter ${JSON.stringify(call.name)} is not known`);
  }
}

function wholeNumber(call: Call): number {
  const value = Number(call.args[0]);
  if (Number.isInteger(value)) return value;
  throw new TemplateError(`${call.name} needs a whole number`);
}

function attributeOf(each: InterfaceAddress, name: string): string {
  switch (name) {
    case 'address':
    case 'host':
      return each.address;
    case 'name':
      return each.name;
    case 'type':
      return each.family;
    case 'network':
    case 'string':
      return `${each.address}/${each.prefix}`;
    case 'mask_bits':
    case 'prefix':
      return String(each.prefix);
    default:
      throw new TemplateError(`interfaces have no attribute ${JSON.stringify(name)}`);
  }
}

function matches(each: InterfaceAddress, what: string, argument: string): boolean {
  switch (what) {
    case 'name':
      return pattern(argument).matcher(each.name).find();
    case 'address':
      return pattern(argument).matcher(each.address).find();
    case 'network': {
      const inside = inNetwork(each.address, argument);
      if (inside === undefined)
        throw new TemplateError(`${JSON.stringify(argument)} is no network, e.g. 10.0.0.0/8`);
      return inside;
    }
    case 'type':
      return argument.toLowerCase() === each.family.toLowerCase() || argument.toLowerCase() === 'ip';
    case 'rfc':
      return argument.split('|').some((rfc) => inRfc(each.address, rfc));
    case 'flags':
    case 'flag':
      return argument.split('|').every((flag) => hasFlag(each, flag));
    case 'size':
      return each.prefix === Number(argument.replace('/', ''));
    default:
      throw new TemplateError(`interfaces can't be chosen by ${JSON.stringify(what)}`);
  }
}

function hasFlag(each: InterfaceAddress, flag: string): boolean {
  switch (flag) {
    case 'up':
      return true;
    case 'loopback':
      return each.loopback;
    case 'forwardable':
      return !each.loopback && !isLinkLocal(each.address);
    case 'broadcast':
    case 'multicast':
      return !each.loopback;
    default:
      throw new TemplateError(`interfaces have no flag ${JSON.stringify(flag)}`);
  }
}

const rfcs: Readonly<Record<string, readonly string[]>> = {
  '1918': ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  '3927': ['169.254.0.0/16'],
  '4193': ['fc00::/7'],
  '6598': ['100.64.0.0/10'],
};

function inRfc(address: string, rfc: string): boolean {
  if (rfc === '6890') return isPrivate(address) || isLinkLocal(address) || isLoopback(address);
  const networks = rfcs[rfc];
  if (!networks)
    throw new TemplateError(`RFC ${rfc} is not known here; use ${[...Object.keys(rfcs), '6890'].join(', ')}`);
  return networks.some((network) => inNetwork(address, network));
}

/** `sort "default,-size"`: keys with a minus are in reverse. */
function sorted(data: readonly InterfaceAddress[], keys: string, network: NetworkInfo): InterfaceAddress[] {
  const orders = keys
    .split(',')
    .map((key) => comparison(key.replace(/^[-+]/, ''), key.startsWith('-') ? -1 : 1, network));
  return [...data].sort((a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  });
}

type Comparison = (a: InterfaceAddress, b: InterfaceAddress) => number;

function comparison(key: string, sign: number, network: NetworkInfo): Comparison {
  const byNumber =
    (of: (each: InterfaceAddress) => number): Comparison =>
    (a, b) =>
      sign * (of(a) - of(b));
  switch (key) {
    case 'address':
      return (a, b) => sign * a.address.localeCompare(b.address, 'en', { numeric: true });
    case 'name':
      return (a, b) => sign * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    case 'type':
      return (a, b) => sign * a.family.localeCompare(b.family);
    case 'default':
      return byNumber((each) => (each.name === network.defaultInterface ? 0 : 1));
    case 'private':
      return byNumber((each) => (isPrivate(each.address) ? 0 : 1));
    case 'size':
      return byNumber((each) => -each.prefix);
    default:
      throw new TemplateError(`interfaces can't be sorted by ${JSON.stringify(key)}`);
  }
}

/** RE2, so that no pattern takes long. Loaded at the first use. */
function pattern(text: string): import('re2js').RE2JS {
  const { RE2JS } = createRequire(import.meta.url)('re2js') as typeof import('re2js');
  try {
    return RE2JS.compile(text.slice(0, 200));
  } catch (error) {
    throw new TemplateError(
      `invalid regular expression: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
