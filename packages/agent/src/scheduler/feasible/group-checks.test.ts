// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Job,
  make,
  type Node,
  type Port,
  Resources,
  type TaskGroup,
  type VolumeRequest,
} from '@serai/api';
import { mockJob, mockNode, mockNodeResources, mockTask, mockTaskGroup } from '#testing';
import { groupChecks, groupConstraints, hasHostVolume } from './group-checks.ts';

function refusal(node: Node, group: TaskGroup, job: Job = mockJob()): string | undefined {
  const checks = groupChecks(job, group);
  for (const check of [...checks.job, ...checks.group]) {
    const reason = check.refuse(node);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const driver = (healthy: boolean, detected = true): NonNullable<Node['Drivers']>[string] => ({
  Attributes: null,
  Detected: detected,
  Healthy: healthy,
  HealthDescription: '',
  UpdateTime: '2026-01-01T00:00:00Z',
});

const request = (fields: Partial<VolumeRequest>): VolumeRequest => ({
  Name: 'data',
  Type: 'host',
  Source: 'data',
  ReadOnly: false,
  AccessMode: '',
  AttachmentMode: '',
  MountOptions: null,
  PerAlloc: false,
  ...fields,
});

const network = (Mode: string, ports: readonly Port[] = []): TaskGroup['Networks'] => [
  { Mode, Device: '', CIDR: '', IP: '', MBits: 0, DNS: null, ReservedPorts: null, DynamicPorts: ports },
];

test('a plain group runs on a plain node', () => {
  assert.equal(refusal(mockNode(), mockTaskGroup()), undefined);
});

test('drivers have to be there and healthy', () => {
  const group = mockTaskGroup({ Tasks: [mockTask(), mockTask({ Name: 'b', Driver: 'docker' })] });
  assert.equal(refusal(mockNode(), group), 'missing drivers');
  const drivers = { mock_driver: driver(true), docker: driver(true) };
  assert.equal(refusal(mockNode({ Drivers: drivers }), group), undefined);
  assert.equal(
    refusal(mockNode({ Drivers: { ...drivers, docker: driver(false) } }), group),
    'missing drivers',
  );
  assert.equal(
    refusal(mockNode({ Drivers: { ...drivers, docker: driver(true, false) } }), group),
    'missing drivers',
  );
});

test('an old client only has the attribute of a driver', () => {
  const node = mockNode({ Drivers: null, Attributes: { 'driver.mock_driver': '1', 'kernel.name': 'linux' } });
  assert.equal(refusal(node, mockTaskGroup()), undefined);
  const off = mockNode({ Drivers: null, Attributes: { 'driver.mock_driver': '0', 'kernel.name': 'linux' } });
  assert.equal(refusal(off, mockTaskGroup()), 'missing drivers');
});

test('constraints of the tasks count for the group', () => {
  const constraint = { LTarget: '${meta.ssd}', Operand: 'is_set', RTarget: '' };
  const group = mockTaskGroup({ Tasks: [mockTask({ Constraints: [constraint] })] });
  assert.deepEqual(groupConstraints(group), [constraint]);
  assert.equal(refusal(mockNode(), group), '${meta.ssd} is_set ');
});

test('job constraints come first', () => {
  const job = mockJob({ Constraints: [{ LTarget: '${node.class}', Operand: '=', RTarget: 'gpu' }] });
  const group = mockTaskGroup({ Tasks: [mockTask({ Driver: 'docker' })] });
  assert.equal(refusal(mockNode(), group, job), '${node.class} = gpu');
});

test('host volumes have to be there, and writable when they are written', () => {
  const group = mockTaskGroup({ Volumes: { data: request({}) } });
  const volume = (ReadOnly: boolean): Node['HostVolumes'] => ({
    data: { Name: 'data', Path: '/data', ReadOnly },
  });
  assert.equal(refusal(mockNode(), group), 'missing compatible host volumes');
  assert.equal(refusal(mockNode({ HostVolumes: volume(false) }), group), undefined);
  assert.equal(refusal(mockNode({ HostVolumes: volume(true) }), group), 'missing compatible host volumes');
  const reader = mockTaskGroup({ Volumes: { data: request({ ReadOnly: true }) } });
  assert.equal(refusal(mockNode({ HostVolumes: volume(true) }), reader), undefined);
  assert.equal(hasHostVolume(mockNode({ HostVolumes: volume(false) }), 'other', request({})), false);
  assert.equal(hasHostVolume(mockNode({ HostVolumes: {} }), 'constructor', request({})), false);
});

test('a volume per allocation is left to the placement', () => {
  const group = mockTaskGroup({ Volumes: { data: request({ PerAlloc: true }) } });
  assert.equal(refusal(mockNode(), group), undefined);
});

test('a CSI volume nobody registered is missing', () => {
  const group = mockTaskGroup({ Volumes: { data: request({ Type: 'csi', Source: 'db' }) } });
  assert.equal(refusal(mockNode(), group), 'missing CSI Volume db');
});

test('devices are on no node yet', () => {
  const resources = make(Resources, {
    CPU: 100,
    MemoryMB: 100,
    Devices: [{ Name: 'nvidia/gpu', Count: 1, Constraints: null, Affinities: null }],
  });
  assert.equal(
    refusal(mockNode(), mockTaskGroup({ Tasks: [mockTask({ Resources: resources })] })),
    'missing devices',
  );
});

test('a network mode has to be fingerprinted, host and none need nothing', () => {
  const bridge = mockNode({
    NodeResources: mockNodeResources({
      NodeNetworks: [{ Mode: 'bridge', Device: 'nomad', MacAddress: '', Speed: 1000, Addresses: null }],
    }),
  });
  for (const mode of ['', 'host', 'none']) {
    assert.equal(refusal(mockNode(), mockTaskGroup({ Networks: network(mode) })), undefined, mode);
  }
  assert.equal(refusal(mockNode(), mockTaskGroup({ Networks: network('bridge') })), 'missing network');
  assert.equal(refusal(bridge, mockTaskGroup({ Networks: network('bridge') })), undefined);
  assert.equal(refusal(bridge, mockTaskGroup({ Networks: network('cni/calico') })), 'missing network');
});

test('ports may ask for a host network', () => {
  const port = (HostNetwork: string): Port => ({ Label: 'http', Value: 0, To: 0, HostNetwork });
  const group = (name: string): TaskGroup => mockTaskGroup({ Networks: network('host', [port(name)]) });
  assert.equal(refusal(mockNode(), group('default')), undefined);
  assert.equal(refusal(mockNode(), group('public')), 'missing host network "public" for port "http"');
  const address = { Family: 'ipv4', Alias: 'public', Address: '1.2.3.4', ReservedPorts: '', Gateway: '' };
  const node = mockNode({
    Meta: { net: 'public' },
    NodeResources: mockNodeResources({
      NodeNetworks: [{ Mode: 'host', Device: 'eth1', MacAddress: '', Speed: 0, Addresses: [address] }],
    }),
  });
  assert.equal(refusal(node, group('public')), undefined);
  assert.equal(refusal(node, group('${meta.net}')), undefined);
  assert.equal(refusal(mockNode(), group('${meta.net}')), 'missing host network "" for port "http"');
});
