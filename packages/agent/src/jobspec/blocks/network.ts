// SPDX-License-Identifier: MPL-2.0
// network blocks of groups, and the old ones of tasks.

import { CNIConfig, DNSConfig, NetworkResource, Port } from '@serai/api';
import { type BlockSpec, blockSpec, type Fields, one } from '../decode/block-spec.ts';

const dnsSpec: BlockSpec = blockSpec(DNSConfig, {
  attributes: { servers: 'Servers', searches: 'Searches', options: 'Options' },
});

const cniSpec: BlockSpec = blockSpec(CNIConfig, { maps: { args: 'Args' } });

const portSpec: BlockSpec = blockSpec(Port, {
  labelField: 'Label',
  attributes: {
    static: 'Value',
    to: 'To',
    host_network: 'HostNetwork',
    ignore_collision: 'IgnoreCollision',
  },
  finish: (fields) => ({ Value: 0, To: 0, HostNetwork: '', ...fields }),
});

export const networkSpec: BlockSpec = blockSpec(NetworkResource, {
  attributes: {
    mode: 'Mode',
    hostname: 'Hostname',
    mbits: 'MBits',
    device: 'Device',
    cidr: 'CIDR',
    ip: 'IP',
  },
  blocks: { dns: one('DNS', () => dnsSpec), cni: one('CNI', () => cniSpec) },
  extraBlocks: { port: ['name'] },
  finish: (fields, context) => {
    const reserved: Fields[] = [];
    const dynamic: Fields[] = [];
    for (const block of context.content.blocksOf('port')) {
      const port = context.decoder.block(block, portSpec);
      // A static port of 0 is the same as none.
      if (port) (port['Value'] ? reserved : dynamic).push(port);
    }
    if (reserved.length > 0) fields['ReservedPorts'] = reserved;
    if (dynamic.length > 0) fields['DynamicPorts'] = dynamic;
    return fields;
  },
});
