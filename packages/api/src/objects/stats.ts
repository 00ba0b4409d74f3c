// SPDX-License-Identifier: MPL-2.0
// Host and allocation statistics, files of an allocation, agent members.

import {
  any,
  bool,
  bytes,
  float,
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

export const HostMemoryStats = struct('HostMemoryStats', {
  Total: uint,
  Available: uint,
  Used: uint,
  Free: uint,
});
export const HostCPUStats = struct('HostCPUStats', {
  CPU: str,
  User: float,
  System: float,
  Idle: float,
  TotalPercent: float,
  TotalTicks: float,
});
export const HostDiskStats = struct('HostDiskStats', {
  Device: str,
  Mountpoint: str,
  Size: uint,
  Used: uint,
  Available: uint,
  UsedPercent: float,
  InodesUsedPercent: float,
});
/** Sizes in bytes, Uptime in seconds, Timestamp in Unix nanoseconds. */
export const HostStats = struct('HostStats', {
  Memory: ptr(HostMemoryStats),
  CPU: list(HostCPUStats),
  DiskStats: list(HostDiskStats),
  AllocDirStats: ptr(HostDiskStats),
  DeviceStats: list(any),
  Uptime: uint,
  Timestamp: int,
  CPUTicksConsumed: float,
});
export interface HostStats extends Static<typeof HostStats> {}

export const MemoryStats = struct('MemoryStats', {
  RSS: uint,
  Cache: uint,
  Swap: uint,
  MappedFile: uint,
  Usage: uint,
  MaxUsage: uint,
  KernelUsage: uint,
  KernelMaxUsage: uint,
  Measured: list(str),
});
export const CpuStats = struct('CpuStats', {
  SystemMode: float,
  UserMode: float,
  TotalTicks: float,
  ThrottledPeriods: uint,
  ThrottledTime: uint,
  Percent: float,
  Measured: list(str),
});
export const ResourceUsage = struct('ResourceUsage', {
  MemoryStats: ptr(MemoryStats),
  CpuStats: ptr(CpuStats),
  DeviceStats: list(any),
});
export interface ResourceUsage extends Static<typeof ResourceUsage> {}
export const TaskResourceUsage = struct('TaskResourceUsage', {
  ResourceUsage: ptr(ResourceUsage),
  Timestamp: int,
  Pids: map(ResourceUsage),
});
export interface TaskResourceUsage extends Static<typeof TaskResourceUsage> {}
export const AllocResourceUsage = struct('AllocResourceUsage', {
  ResourceUsage: ptr(ResourceUsage),
  Tasks: map(TaskResourceUsage),
  Timestamp: int,
});
export interface AllocResourceUsage extends Static<typeof AllocResourceUsage> {}

export const AllocFileInfo = struct('AllocFileInfo', {
  Name: str,
  IsDir: bool,
  Size: int,
  FileMode: str,
  ModTime: time,
  ContentType: opt(str),
});
export interface AllocFileInfo extends Static<typeof AllocFileInfo> {}

/** One piece of a streamed file. Offset is the position after this piece. FileEvent: "file deleted", "file truncated". */
export const StreamFrame = struct('StreamFrame', {
  Offset: opt(int),
  Data: opt(bytes),
  File: opt(str),
  FileEvent: opt(str),
});
export interface StreamFrame extends Static<typeof StreamFrame> {}

export const AgentMember = struct('AgentMember', {
  Name: str,
  Addr: str,
  Port: uint,
  Tags: map(str),
  Status: str,
  ProtocolMin: uint,
  ProtocolMax: uint,
  ProtocolCur: uint,
  DelegateMin: uint,
  DelegateMax: uint,
  DelegateCur: uint,
});
export interface AgentMember extends Static<typeof AgentMember> {}
