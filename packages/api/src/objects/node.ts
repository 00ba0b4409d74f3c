// SPDX-License-Identifier: MPL-2.0
// A registered machine that runs a client.

import {
  any,
  bool,
  bytes,
  duration,
  int,
  list,
  map,
  opt,
  ptr,
  type Static,
  str,
  struct,
  time,
  uint,
} from '../schema.ts';
import { NetworkResource, Resources } from './job.ts';

export const NodeNetworkAddress = struct('NodeNetworkAddress', {
  Family: str,
  Alias: str,
  Address: str,
  ReservedPorts: str,
  Gateway: str,
});
export const NodeNetworkResource = struct('NodeNetworkResource', {
  Mode: str,
  Device: str,
  MacAddress: str,
  Speed: int,
  Addresses: list(NodeNetworkAddress),
});
export interface NodeNetworkResource extends Static<typeof NodeNetworkResource> {}

/** CpuShares in MHz. */
export const NodeCpuResources = struct('NodeCpuResources', {
  CpuShares: int,
  TotalCpuCores: uint,
  ReservableCpuCores: list(uint),
});
export const NodeMemoryResources = struct('NodeMemoryResources', { MemoryMB: int });
export const NodeDiskResources = struct('NodeDiskResources', { DiskMB: int });
export const NodeDeviceLocality = struct('NodeDeviceLocality', { PciBusID: str });
export const NodeDevice = struct('NodeDevice', {
  ID: str,
  Healthy: bool,
  HealthDescription: str,
  Locality: ptr(NodeDeviceLocality),
});
export const NodeDeviceResource = struct('NodeDeviceResource', {
  Vendor: str,
  Type: str,
  Name: str,
  Instances: list(NodeDevice),
  Attributes: map(any),
});
export interface NodeDeviceResource extends Static<typeof NodeDeviceResource> {}

export const NodeResources = struct('NodeResources', {
  Cpu: NodeCpuResources,
  Memory: NodeMemoryResources,
  Disk: NodeDiskResources,
  Networks: list(NetworkResource),
  NodeNetworks: list(NodeNetworkResource),
  Devices: list(NodeDeviceResource),
  MinDynamicPort: int,
  MaxDynamicPort: int,
});
export interface NodeResources extends Static<typeof NodeResources> {}

export const NodeReservedResources = struct('NodeReservedResources', {
  Cpu: struct('NodeReservedCpuResources', { CpuShares: int, ReservedCpuCores: list(uint) }),
  Memory: struct('NodeReservedMemoryResources', { MemoryMB: int }),
  Disk: struct('NodeReservedDiskResources', { DiskMB: int }),
  Networks: struct('NodeReservedNetworkResources', { ReservedHostPorts: str }),
});
export interface NodeReservedResources extends Static<typeof NodeReservedResources> {}

export const DriverInfo = struct('DriverInfo', {
  Attributes: map(str),
  Detected: bool,
  Healthy: bool,
  HealthDescription: str,
  UpdateTime: time,
});
export interface DriverInfo extends Static<typeof DriverInfo> {}

export const NodeEvent = struct('NodeEvent', {
  Message: str,
  Subsystem: str,
  Details: map(str),
  Timestamp: time,
  CreateIndex: uint,
});
export interface NodeEvent extends Static<typeof NodeEvent> {}

/** Deadline in nanoseconds: 0 none, negative force. */
export const DrainStrategy = struct('DrainStrategy', {
  Deadline: duration,
  IgnoreSystemJobs: bool,
  ForceDeadline: time,
  StartedAt: time,
});
export interface DrainStrategy extends Static<typeof DrainStrategy> {}

export const DrainMetadata = struct('DrainMetadata', {
  StartedAt: time,
  UpdatedAt: time,
  Status: str,
  AccessorID: str,
  Meta: map(str),
});
export interface DrainMetadata extends Static<typeof DrainMetadata> {}

export const ClientHostVolumeConfig = struct('ClientHostVolumeConfig', {
  Name: str,
  Path: str,
  ReadOnly: bool,
});
export const ClientHostNetworkConfig = struct('ClientHostNetworkConfig', {
  Name: str,
  CIDR: str,
  Interface: str,
  ReservedPorts: str,
});

/** Status: initializing, ready, down, disconnected. SchedulingEligibility: eligible, ineligible. */
export const Node = struct('Node', {
  ID: str,
  SecretID: str,
  Datacenter: str,
  Name: str,
  CgroupParent: str,
  HTTPAddr: str,
  TLSEnabled: bool,
  Attributes: map(str),
  NodeResources: ptr(NodeResources),
  ReservedResources: ptr(NodeReservedResources),
  Resources: ptr(Resources),
  Reserved: ptr(Resources),
  Links: map(str),
  Meta: map(str),
  NodeClass: str,
  NodePool: str,
  ComputedClass: str,
  DrainStrategy: ptr(DrainStrategy),
  SchedulingEligibility: str,
  Status: str,
  StatusDescription: str,
  StatusUpdatedAt: int,
  Events: list(NodeEvent),
  Drivers: map(DriverInfo),
  CSIControllerPlugins: map(any),
  CSINodePlugins: map(any),
  HostVolumes: map(ClientHostVolumeConfig),
  HostNetworks: map(ClientHostNetworkConfig),
  LastDrain: ptr(DrainMetadata),
  LastMissedHeartbeatIndex: uint,
  LastAllocUpdateIndex: uint,
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface Node extends Static<typeof Node> {}

export const NodeListStub = struct('NodeListStub', {
  Address: str,
  ID: str,
  Attributes: opt(map(str)),
  Datacenter: str,
  Name: str,
  NodePool: str,
  NodeClass: str,
  Version: str,
  Drain: bool,
  SchedulingEligibility: str,
  Status: str,
  StatusDescription: str,
  Drivers: map(DriverInfo),
  HostVolumes: map(ClientHostVolumeConfig),
  NodeResources: opt(ptr(NodeResources)),
  ReservedResources: opt(ptr(NodeReservedResources)),
  LastDrain: ptr(DrainMetadata),
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface NodeListStub extends Static<typeof NodeListStub> {}

export const NodePoolSchedulerConfiguration = struct('NodePoolSchedulerConfiguration', {
  SchedulerAlgorithm: str,
  MemoryOversubscriptionEnabled: ptr(bool),
});
export const NodePool = struct('NodePool', {
  Name: str,
  Description: str,
  Meta: map(str),
  SchedulerConfiguration: ptr(NodePoolSchedulerConfiguration),
  Hash: bytes,
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface NodePool extends Static<typeof NodePool> {}

export const NamespaceCapabilities = struct('NamespaceCapabilities', {
  EnabledTaskDrivers: list(str),
  DisabledTaskDrivers: list(str),
});
export const NamespaceNodePoolConfiguration = struct('NamespaceNodePoolConfiguration', {
  Default: str,
  Allowed: list(str),
  Denied: list(str),
});
export const Namespace = struct('Namespace', {
  Name: str,
  Description: str,
  Quota: str,
  Capabilities: ptr(NamespaceCapabilities),
  NodePoolConfiguration: ptr(NamespaceNodePoolConfiguration),
  Meta: map(str),
  Hash: bytes,
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface Namespace extends Static<typeof Namespace> {}

export const PreemptionConfig = struct('PreemptionConfig', {
  SystemSchedulerEnabled: bool,
  SysBatchSchedulerEnabled: bool,
  BatchSchedulerEnabled: bool,
  ServiceSchedulerEnabled: bool,
});
/** SchedulerAlgorithm: binpack or spread. */
export const SchedulerConfiguration = struct('SchedulerConfiguration', {
  SchedulerAlgorithm: str,
  PreemptionConfig: PreemptionConfig,
  MemoryOversubscriptionEnabled: bool,
  RejectJobRegistration: bool,
  PauseEvalBroker: bool,
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface SchedulerConfiguration extends Static<typeof SchedulerConfiguration> {}
