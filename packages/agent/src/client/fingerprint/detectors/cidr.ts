// SPDX-License-Identifier: MPL-2.0
import { BlockList, isIP } from 'node:net';

/** Is the address inside `10.0.0.0/8`? False for anything that is no network. */
export function inCidr(address: string, cidr: string): boolean {
  const [network, bits] = cidr.split('/');
  const version = isIP(network ?? '');
  if (network === undefined || version === 0 || isIP(address) !== version) return false;
  const prefix = bits === undefined ? (version === 4 ? 32 : 128) : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}
