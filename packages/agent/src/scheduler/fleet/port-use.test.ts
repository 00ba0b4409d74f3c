// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllocatedResources, NetworkResource } from '@serai/api';
import { mockAlloc, mockNode, mockNodeResources } from '#testing';
import { forEachPort, hostAddresses, PortUse, portUseOf } from './port-use.ts';

const ip = '192.168.0.100';
const free = (): boolean => false;

function resourcesWith(
  fields: Partial<AllocatedResources['Shared']>,
  task?: NetworkResource,
): AllocatedResources {
  return {
    Tasks: {
      web: {
        Cpu: { CpuShares: 0, ReservedCores: null },
        Memory: { MemoryMB: 0, MemoryMaxMB: 0 },
        Networks: task ? [task] : null,
        Devices: null,
      },
    },
    TaskLifecycles: null,
    Shared: { Networks: null, DiskMB: 0, Ports: null, ...fields },
  };
}

const network = (fields: Partial<NetworkResource>): NetworkResource => ({
  Mode: 'host',
  Device: 'eth0',
  CIDR: '',
  IP: ip,
  MBits: 0,
  DNS: null,
  ReservedPorts: null,
  DynamicPorts: null,
  ...fields,
});

test('addresses are found by the alias of their host network', () => {
  const address = (Alias: string, Address: string) => ({
    Family: 'ipv4',
    Alias,
    Address,
    ReservedPorts: '',
    Gateway: '',
  });
  const node = mockNode({
    NodeResources: mockNodeResources({
      NodeNetworks: [
        {
          Mode: 'host',
          Device: 'eth0',
          MacAddress: '',
          Speed: 0,
          Addresses: [
            address('default', '10.0.0.1'),
            address('default', 'fe80::1'),
            address('public', '1.2.3.4'),
          ],
        },
      ],
    }),
  });
  assert.deepEqual(
    [...hostAddresses(node)],
    [
      ['default', '10.0.0.1'],
      ['public', '1.2.3.4'],
    ],
  );
});

test('a node without host networks has the address of its first network', () => {
  const node = mockNode({ NodeResources: mockNodeResources({ NodeNetworks: null }) });
  assert.equal(hostAddresses(node).get('default'), ip);
  assert.equal(hostAddresses(mockNode({ NodeResources: null })).size, 0);
});

test('taken ports belong to an address', () => {
  const use = new PortUse(20_000, 20_009);
  use.take(ip, 80);
  assert.equal(use.isTaken(ip, 80), true);
  assert.equal(use.isTaken('10.0.0.9', 80), false);
  use.release(ip, 80);
  assert.equal(use.isTaken(ip, 80), false);
});

test('a copy has a life of its own', () => {
  const use = new PortUse(20_000, 20_009);
  use.take(ip, 80);
  const copy = use.copy();
  copy.take(ip, 81);
  copy.release(ip, 80);
  assert.equal(use.isTaken(ip, 80), true);
  assert.equal(use.isTaken(ip, 81), false);
});

test('dynamic ports are counted', () => {
  const use = new PortUse(20_000, 20_004);
  assert.equal(use.freeDynamic(ip, []), 5);
  use.take(ip, 20_001);
  use.take(ip, 80);
  assert.equal(use.freeDynamic(ip, []), 4);
  assert.equal(use.freeDynamic(ip, [20_002, 443]), 3);
  assert.equal(use.freeDynamic(ip, [20_001]), 4);
  assert.equal(use.hasDynamic(ip, 3, [20_002]), true);
  assert.equal(use.hasDynamic(ip, 4, [20_002]), false);
  assert.equal(use.hasDynamic('10.0.0.9', 5, []), true);
});

test('the next dynamic port is searched from a place and around', () => {
  const use = new PortUse(20_000, 20_003);
  assert.equal(use.nextDynamic(ip, 0, free), 20_000);
  assert.equal(use.nextDynamic(ip, 0.5, free), 20_002);
  use.take(ip, 20_002);
  use.take(ip, 20_003);
  assert.equal(use.nextDynamic(ip, 0.5, free), 20_000);
  assert.equal(
    use.nextDynamic(ip, 0.5, (port) => port === 20_000),
    20_001,
  );
  use.take(ip, 20_000);
  use.take(ip, 20_001);
  assert.equal(use.nextDynamic(ip, 0.9, free), undefined);
  assert.equal(new PortUse(5, 4).nextDynamic(ip, 0, free), undefined);
});

test('what a node reserves is taken', () => {
  const address = { Family: 'ipv4', Alias: 'default', Address: ip, ReservedPorts: '9000-9001', Gateway: '' };
  const node = mockNode({
    NodeResources: mockNodeResources({
      NodeNetworks: [{ Mode: 'host', Device: 'eth0', MacAddress: '', Speed: 0, Addresses: [address] }],
    }),
  });
  const use = portUseOf(node, hostAddresses(node), []);
  for (const port of [22, 9000, 9001]) assert.equal(use.isTaken(ip, port), true, String(port));
  assert.equal(use.isTaken(ip, 23), false);
});

test('a node without a range has the usual one', () => {
  const node = mockNode({ NodeResources: mockNodeResources({ MinDynamicPort: 0, MaxDynamicPort: 0 }) });
  const use = portUseOf(node, hostAddresses(node), []);
  assert.equal(use.nextDynamic(ip, 0, free), 20_000);
  assert.equal(use.freeDynamic(ip, []), 12_001);
});

test('ports of allocations are found wherever they stand', () => {
  const node = mockNode();
  const seen = (resources: AllocatedResources): string[] => {
    const ports: string[] = [];
    const alloc = mockAlloc({ AllocatedResources: resources });
    forEachPort(alloc, hostAddresses(node), (address, port, label) =>
      ports.push(`${address}:${port} ${label}`),
    );
    return ports;
  };
  const port = (Label: string, Value: number) => ({ Label, Value, To: 0, HostNetwork: 'default' });
  const mapping = (Label: string, Value: number, HostIP = ip) => ({ Label, Value, To: 0, HostIP });
  assert.deepEqual(seen(resourcesWith({ Ports: [mapping('http', 80), mapping('x', 81, '')] })), [
    `${ip}:80 http`,
    `${ip}:81 x`,
  ]);
  const shared = network({ ReservedPorts: [port('a', 1)], DynamicPorts: [port('b', 20_000)], IP: '' });
  assert.deepEqual(seen(resourcesWith({ Networks: [shared] })), [`${ip}:1 a`, `${ip}:20000 b`]);
  // the mappings say it all: the network repeats them
  assert.deepEqual(seen(resourcesWith({ Networks: [shared], Ports: [mapping('a', 1)] })), [`${ip}:1 a`]);
  assert.deepEqual(seen(resourcesWith({}, network({ ReservedPorts: [port('t', 99)] }))), [`${ip}:99 t`]);
  assert.deepEqual(seen(resourcesWith({})), []);
});

test('an allocation without resources has no ports', () => {
  const node = mockNode();
  forEachPort(mockAlloc({ AllocatedResources: null }), hostAddresses(node), () => assert.fail());
});
