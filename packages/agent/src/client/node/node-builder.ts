// SPDX-License-Identifier: MPL-2.0
// The node as it is registered: identity, configuration and what was detected. Pure.

import type { Node, NodeReservedResources, NodeResources } from '@serai/api';
import { make, Node as NodeSchema, Resources } from '@serai/api';
import type { DriverState } from '../fingerprint/driver-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprinter.ts';
import type { ClientOptions } from '../options.ts';
import type { NodeIdentity } from './node-identity.ts';

export interface NodeInput {
  readonly options: ClientOptions;
  readonly identity: NodeIdentity;
  readonly fingerprint: Fingerprint;
  readonly drivers: ReadonlyMap<string, DriverState>;
}

export function buildNode(input: NodeInput): Node {
  const { options, identity, fingerprint, drivers } = input;
  const attributes: Record<string, string> = { ...fingerprint.attributes };
  for (const state of drivers.values()) Object.assign(attributes, state.attributes);
  const resources = nodeResources(options, fingerprint);
  const reserved = reservedResources(options);
  return make(NodeSchema, {
    ID: identity.nodeId,
    SecretID: identity.secretId,
    Datacenter: options.datacenter,
    Name: options.nodeName !== '' ? options.nodeName : (attributes['unique.hostname'] ?? identity.nodeId),
    CgroupParent: fingerprint.cgroupParent ?? '',
    HTTPAddr: options.httpAddr,
    TLSEnabled: options.tlsEnabled,
    Attributes: attributes,
    NodeResources: resources,
    ReservedResources: reserved,
    Resources: make(Resources, {
      CPU: resources.Cpu.CpuShares,
      MemoryMB: resources.Memory.MemoryMB,
      DiskMB: resources.Disk.DiskMB,
      Networks: resources.Networks,
    }),
    Reserved: make(Resources, {
      CPU: reserved.Cpu.CpuShares,
      MemoryMB: reserved.Memory.MemoryMB,
      DiskMB: reserved.Disk.DiskMB,
    }),
    Links: {},
    Meta: { ...options.meta },
    NodeClass: options.nodeClass,
    NodePool: options.nodePool,
    SchedulingEligibility: 'eligible',
    Status: 'initializing',
    Drivers: Object.fromEntries([...drivers].map(([name, state]) => [name, state.info])),
    HostVolumes: Object.fromEntries(
      Object.entries(options.hostVolumes).map(([name, volume]) => [
        name,
        { Name: name, Path: volume.path, ReadOnly: volume.readOnly },
      ]),
    ),
    HostNetworks: Object.fromEntries(
      Object.entries(options.hostNetworks).map(([name, network]) => [
        name,
        {
          Name: name,
          CIDR: network.cidr,
          Interface: network.interface,
          ReservedPorts: network.reservedPorts,
        },
      ]),
    ),
  });
}

function nodeResources(options: ClientOptions, found: Fingerprint): NodeResources {
  return {
    Cpu: {
      CpuShares: found.cpu?.totalMhz ?? 0,
      TotalCpuCores: found.cpu?.cores ?? 0,
      ReservableCpuCores: found.cpu?.reservable ?? [],
    },
    Memory: { MemoryMB: found.memoryMb ?? 0 },
    Disk: { DiskMB: found.diskMb ?? 0 },
    Networks: found.networks ?? [],
    NodeNetworks: found.nodeNetworks ?? [],
    Devices: [],
    MinDynamicPort: options.minDynamicPort,
    MaxDynamicPort: options.maxDynamicPort,
  };
}

function reservedResources({ reserved }: ClientOptions): NodeReservedResources {
  return {
    Cpu: { CpuShares: reserved.cpuMhz, ReservedCpuCores: reserved.cores },
    Memory: { MemoryMB: reserved.memoryMb },
    Disk: { DiskMB: reserved.diskMb },
    Networks: { ReservedHostPorts: reserved.ports },
  };
}
