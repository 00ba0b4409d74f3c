// SPDX-License-Identifier: MPL-2.0
// A task group placed on a node.

import {
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
import { AllocMetric } from './evaluation.ts';
import { DNSConfig, Job, NetworkResource, Resources, TaskLifecycleConfig } from './job.ts';

export const AllocatedCpuResources = struct('AllocatedCpuResources', {
  CpuShares: int,
  ReservedCores: list(uint),
});
export const AllocatedMemoryResources = struct('AllocatedMemoryResources', {
  MemoryMB: int,
  MemoryMaxMB: int,
});
export const AllocatedDeviceResource = struct('AllocatedDeviceResource', {
  Vendor: str,
  Type: str,
  Name: str,
  DeviceIDs: list(str),
});
export const AllocatedTaskResources = struct('AllocatedTaskResources', {
  Cpu: AllocatedCpuResources,
  Memory: AllocatedMemoryResources,
  Networks: list(NetworkResource),
  Devices: list(AllocatedDeviceResource),
});
export interface AllocatedTaskResources extends Static<typeof AllocatedTaskResources> {}

export const AllocatedPortMapping = struct('AllocatedPortMapping', {
  Label: str,
  Value: int,
  To: int,
  HostIP: str,
  IgnoreCollision: opt(bool),
});
export interface AllocatedPortMapping extends Static<typeof AllocatedPortMapping> {}

export const AllocatedSharedResources = struct('AllocatedSharedResources', {
  Networks: list(NetworkResource),
  DiskMB: int,
  Ports: list(AllocatedPortMapping),
});
export interface AllocatedSharedResources extends Static<typeof AllocatedSharedResources> {}

export const AllocatedResources = struct('AllocatedResources', {
  Tasks: map(AllocatedTaskResources),
  TaskLifecycles: map(ptr(TaskLifecycleConfig)),
  Shared: AllocatedSharedResources,
});
export interface AllocatedResources extends Static<typeof AllocatedResources> {}

/** Time in Unix nanoseconds, KillTimeout and StartDelay in nanoseconds. */
export const TaskEvent = struct('TaskEvent', {
  Type: str,
  Time: int,
  Message: str,
  DisplayMessage: str,
  Details: map(str),
  FailsTask: bool,
  RestartReason: str,
  SetupError: str,
  DriverError: str,
  ExitCode: int,
  Signal: int,
  KillTimeout: duration,
  KillError: str,
  KillReason: str,
  StartDelay: int,
  DownloadError: str,
  ValidationError: str,
  DiskLimit: int,
  FailedSibling: str,
  VaultError: str,
  TaskSignalReason: str,
  TaskSignal: str,
  DriverMessage: str,
  GenericSource: str,
});
export interface TaskEvent extends Static<typeof TaskEvent> {}

export const TaskHandle = struct('TaskHandle', { Version: int, DriverState: bytes });

/** State: pending, running or dead. */
export const TaskState = struct('TaskState', {
  State: str,
  Failed: bool,
  Restarts: uint,
  LastRestart: time,
  StartedAt: time,
  FinishedAt: time,
  Events: list(TaskEvent),
  TaskHandle: ptr(TaskHandle),
  Paused: opt(str),
});
export interface TaskState extends Static<typeof TaskState> {}

export const DesiredTransition = struct('DesiredTransition', {
  Migrate: ptr(bool),
  Reschedule: ptr(bool),
  ForceReschedule: ptr(bool),
  NoShutdownDelay: ptr(bool),
});
export interface DesiredTransition extends Static<typeof DesiredTransition> {}

export const AllocDeploymentStatus = struct('AllocDeploymentStatus', {
  Healthy: ptr(bool),
  Timestamp: time,
  Canary: bool,
  ModifyIndex: uint,
});
export interface AllocDeploymentStatus extends Static<typeof AllocDeploymentStatus> {}

export const RescheduleEvent = struct('RescheduleEvent', {
  RescheduleTime: int,
  PrevAllocID: str,
  PrevNodeID: str,
  Delay: duration,
});
export interface RescheduleEvent extends Static<typeof RescheduleEvent> {}
export const RescheduleTracker = struct('RescheduleTracker', {
  Events: list(RescheduleEvent),
  LastReschedule: opt(str),
});
export interface RescheduleTracker extends Static<typeof RescheduleTracker> {}

export const AllocState = struct('AllocState', { Field: str, Value: str, Time: time });
export interface AllocState extends Static<typeof AllocState> {}

export const AllocNetworkStatus = struct('AllocNetworkStatus', {
  InterfaceName: str,
  Address: str,
  DNS: ptr(DNSConfig),
});
export interface AllocNetworkStatus extends Static<typeof AllocNetworkStatus> {}

/** CreateTime and ModifyTime in Unix nanoseconds. Job is left out of lists. */
export const Allocation = struct(
  'Allocation',
  {
    ID: str,
    Namespace: str,
    EvalID: str,
    Name: str,
    NodeID: str,
    NodeName: str,
    JobID: str,
    Job: ptr(Job),
    TaskGroup: str,
    Resources: ptr(Resources),
    SharedResources: ptr(Resources),
    TaskResources: map(Resources),
    AllocatedResources: ptr(AllocatedResources),
    Metrics: ptr(AllocMetric),
    DesiredStatus: str,
    DesiredDescription: str,
    DesiredTransition: DesiredTransition,
    ClientStatus: str,
    ClientDescription: str,
    TaskStates: map(TaskState),
    AllocStates: list(AllocState),
    PreviousAllocation: str,
    NextAllocation: str,
    DeploymentID: str,
    DeploymentStatus: ptr(AllocDeploymentStatus),
    RescheduleTracker: ptr(RescheduleTracker),
    NetworkStatus: ptr(AllocNetworkStatus),
    FollowupEvalID: str,
    PreemptedAllocations: list(str),
    PreemptedByAllocation: str,
    SignedIdentities: opt(map(str)),
    SigningKeyID: str,
    CreateIndex: uint,
    ModifyIndex: uint,
    AllocModifyIndex: uint,
    CreateTime: int,
    ModifyTime: int,
  },
  { omitEmpty: true },
);
export interface Allocation extends Static<typeof Allocation> {}

export const AllocListStub = struct('AllocListStub', {
  ID: str,
  EvalID: str,
  Name: str,
  Namespace: str,
  NodeID: str,
  NodeName: str,
  JobID: str,
  JobType: str,
  JobVersion: uint,
  TaskGroup: str,
  AllocatedResources: opt(ptr(AllocatedResources)),
  DesiredStatus: str,
  DesiredDescription: str,
  ClientStatus: str,
  ClientDescription: str,
  DesiredTransition: DesiredTransition,
  TaskStates: map(TaskState),
  DeploymentStatus: ptr(AllocDeploymentStatus),
  FollowupEvalID: str,
  NextAllocation: str,
  RescheduleTracker: ptr(RescheduleTracker),
  PreemptedAllocations: list(str),
  PreemptedByAllocation: str,
  CreateIndex: uint,
  ModifyIndex: uint,
  CreateTime: int,
  ModifyTime: int,
});
export interface AllocListStub extends Static<typeof AllocListStub> {}
