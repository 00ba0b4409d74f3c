// SPDX-License-Identifier: MPL-2.0
// A ready Linux node with room: 4000 MHz, 8192 MB memory, 100 GB disk, raw_exec and mock_driver healthy.

import { make, Node, NodeResources } from '@serai/api';
import { systemRandom } from '#base';
import { computeNodeClass } from '#model';

/** ComputedClass is computed from the result unless it is given. */
export function mockNode(overrides: Partial<Node> = {}): Node {
  const node = make(Node, {
    ID: systemRandom.uuid(),
    SecretID: systemRandom.uuid(),
    Datacenter: 'dc1',
    Name: 'foobar',
    HTTPAddr: '192.168.0.100:4646',
    NodePool: 'default',
    NodeClass: 'linux-medium-pci',
    Attributes: mockAttributes(),
    Meta: { pci: 'true', database: 'mysql', version: '5.6' },
    Links: {},
    Drivers: { raw_exec: mockDriver(), mock_driver: mockDriver() },
    NodeResources: mockNodeResources(),
    ReservedResources: {
      Cpu: { CpuShares: 0, ReservedCpuCores: null },
      Memory: { MemoryMB: 0 },
      Disk: { DiskMB: 0 },
      Networks: { ReservedHostPorts: '22' },
    },
    Status: 'ready',
    SchedulingEligibility: 'eligible',
    ...overrides,
  });
  return overrides.ComputedClass === undefined ? { ...node, ComputedClass: computeNodeClass(node) } : node;
}

function mockAttributes(): Record<string, string> {
  return {
    'cpu.arch': 'amd64',
    'cpu.numcores': '4',
    'cpu.totalcompute': '4000',
    'driver.mock_driver': '1',
    'driver.raw_exec': '1',
    'kernel.name': 'linux',
    'kernel.version': '6.1.0',
    'nomad.version': '1.6.5',
    'os.name': 'debian',
    'os.version': '12',
    'unique.hostname': 'foobar',
    'unique.network.ip-address': '192.168.0.100',
  };
}

function mockDriver(): NonNullable<Node['Drivers']>[string] {
  return {
    Attributes: null,
    Detected: true,
    Healthy: true,
    HealthDescription: 'Healthy',
    UpdateTime: '2026-01-01T00:00:00Z',
  };
}

/** One eth0 network with the address `ip`. */
export function mockNodeResources(
  overrides: Partial<NodeResources> = {},
  ip = '192.168.0.100',
): NodeResources {
  return make(NodeResources, {
    Cpu: { CpuShares: 4000, TotalCpuCores: 4, ReservableCpuCores: [0, 1, 2, 3] },
    Memory: { MemoryMB: 8192 },
    Disk: { DiskMB: 100 * 1024 },
    Networks: [
      {
        Mode: 'host',
        Device: 'eth0',
        CIDR: `${ip}/32`,
        IP: ip,
        MBits: 1000,
        DNS: null,
        ReservedPorts: null,
        DynamicPorts: null,
      },
    ],
    NodeNetworks: [
      {
        Mode: 'host',
        Device: 'eth0',
        MacAddress: '',
        Speed: 1000,
        Addresses: [{ Family: 'ipv4', Alias: 'default', Address: ip, ReservedPorts: '', Gateway: '' }],
      },
    ],
    MinDynamicPort: 20000,
    MaxDynamicPort: 32000,
    ...overrides,
  });
}
