// SPDX-License-Identifier: MPL-2.0
// The desired state that a user submits. Field names and order: nomad/structs of the original; see the job
// specification reference for meaning and defaults.

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
  uint,
} from '../schema.ts';

export const Constraint = struct('Constraint', { LTarget: str, RTarget: str, Operand: str });
export interface Constraint extends Static<typeof Constraint> {}

/** Weight: -100..100, not 0. */
export const Affinity = struct('Affinity', { LTarget: str, RTarget: str, Operand: str, Weight: int });
export interface Affinity extends Static<typeof Affinity> {}

export const SpreadTarget = struct('SpreadTarget', { Value: str, Percent: uint });
export interface SpreadTarget extends Static<typeof SpreadTarget> {}

export const Spread = struct('Spread', { Attribute: str, Weight: int, SpreadTarget: list(SpreadTarget) });
export interface Spread extends Static<typeof Spread> {}

export const DNSConfig = struct('DNSConfig', { Servers: list(str), Searches: list(str), Options: list(str) });
export interface DNSConfig extends Static<typeof DNSConfig> {}

/** Value is the host port, To the port inside the network namespace (-1: same as the host port). */
export const Port = struct('Port', {
  Label: str,
  Value: int,
  To: int,
  HostNetwork: str,
  IgnoreCollision: opt(bool),
});
export interface Port extends Static<typeof Port> {}

export const CNIConfig = struct('CNIConfig', { Args: map(str) });
export interface CNIConfig extends Static<typeof CNIConfig> {}

export const NetworkResource = struct('NetworkResource', {
  Mode: str,
  Device: str,
  CIDR: str,
  IP: str,
  Hostname: opt(str),
  MBits: int,
  DNS: ptr(DNSConfig),
  ReservedPorts: list(Port),
  DynamicPorts: list(Port),
  CNI: opt(ptr(CNIConfig)),
});
export interface NetworkResource extends Static<typeof NetworkResource> {}

export const RequestedDevice = struct('RequestedDevice', {
  Name: str,
  Count: uint,
  Constraints: list(Constraint),
  Affinities: list(Affinity),
});
export interface RequestedDevice extends Static<typeof RequestedDevice> {}

export const NUMA = struct('NUMA', { Affinity: str, Devices: list(str) });
export interface NUMA extends Static<typeof NUMA> {}

/** CPU in MHz, memory and disk in MiB. */
export const Resources = struct('Resources', {
  CPU: int,
  Cores: int,
  MemoryMB: int,
  MemoryMaxMB: int,
  DiskMB: int,
  IOPS: int,
  Networks: list(NetworkResource),
  Devices: list(RequestedDevice),
  NUMA: opt(ptr(NUMA)),
  SecretsMB: opt(int),
});
export interface Resources extends Static<typeof Resources> {}

export const CheckRestart = struct('CheckRestart', { Limit: int, Grace: duration, IgnoreWarnings: bool });
export interface CheckRestart extends Static<typeof CheckRestart> {}

export const ServiceCheck = struct('ServiceCheck', {
  Name: str,
  Type: str,
  Command: str,
  Args: list(str),
  Path: str,
  Protocol: str,
  PortLabel: str,
  Expose: bool,
  AddressMode: str,
  Interval: duration,
  Timeout: duration,
  InitialStatus: str,
  TLSServerName: str,
  TLSSkipVerify: bool,
  Method: str,
  Header: map(list(str)),
  CheckRestart: ptr(CheckRestart),
  GRPCService: str,
  GRPCUseTLS: bool,
  TaskName: str,
  SuccessBeforePassing: int,
  FailuresBeforeCritical: int,
  FailuresBeforeWarning: opt(int),
  Body: str,
  OnUpdate: str,
  Notes: opt(str),
  /** address told to Consul instead of the allocation's */
  Advertise: opt(str),
});
export interface ServiceCheck extends Static<typeof ServiceCheck> {}

export const ConsulMeshGateway = struct('ConsulMeshGateway', { Mode: str });
export const ConsulUpstream = struct('ConsulUpstream', {
  DestinationName: str,
  DestinationNamespace: str,
  DestinationPeer: str,
  DestinationPartition: opt(str),
  DestinationType: str,
  LocalBindPort: int,
  Datacenter: str,
  LocalBindAddress: str,
  LocalBindSocketPath: str,
  LocalBindSocketMode: str,
  MeshGateway: ConsulMeshGateway,
  Config: map(any),
});
export interface ConsulUpstream extends Static<typeof ConsulUpstream> {}

export const ConsulExposePath = struct('ConsulExposePath', {
  Path: str,
  Protocol: str,
  LocalPathPort: int,
  ListenerPort: str,
});
export const ConsulExposeConfig = struct('ConsulExposeConfig', { Paths: list(ConsulExposePath) });
export const ConsulTransparentProxy = struct('ConsulTransparentProxy', {
  UID: str,
  OutboundPort: uint,
  ExcludeInboundPorts: list(str),
  ExcludeOutboundPorts: list(uint),
  ExcludeOutboundCIDRs: list(str),
  ExcludeUIDs: list(str),
  NoDNS: bool,
});
export const ConsulProxy = struct('ConsulProxy', {
  LocalServiceAddress: str,
  LocalServicePort: int,
  Upstreams: list(ConsulUpstream),
  Expose: ptr(ConsulExposeConfig),
  TransparentProxy: opt(ptr(ConsulTransparentProxy)),
  Config: map(any),
});
export interface ConsulProxy extends Static<typeof ConsulProxy> {}

export const ConsulSidecarService = struct('ConsulSidecarService', {
  Tags: list(str),
  Port: str,
  Proxy: ptr(ConsulProxy),
  DisableDefaultTCPCheck: bool,
  Meta: map(str),
});

export const LogConfig = struct('LogConfig', { MaxFiles: int, MaxFileSizeMB: int, Disabled: bool });
export interface LogConfig extends Static<typeof LogConfig> {}

export const VolumeMount = struct('VolumeMount', {
  Volume: str,
  Destination: str,
  ReadOnly: bool,
  PropagationMode: str,
  SELinuxLabel: opt(str),
});
export interface VolumeMount extends Static<typeof VolumeMount> {}

/** File and Env: where the token is written; the rest since 1.7. */
export const WorkloadIdentity = struct('WorkloadIdentity', {
  Name: opt(str),
  Audience: opt(list(str)),
  ChangeMode: opt(str),
  ChangeSignal: opt(str),
  Env: bool,
  File: bool,
  Filepath: opt(str),
  ServiceName: opt(str),
  TTL: opt(duration),
  ExtraClaims: opt(map(str)),
});
export interface WorkloadIdentity extends Static<typeof WorkloadIdentity> {}

export const SidecarTask = struct('SidecarTask', {
  Name: str,
  Driver: str,
  User: str,
  Config: map(any),
  Env: map(str),
  Resources: ptr(Resources),
  Meta: map(str),
  KillTimeout: ptr(duration),
  LogConfig: ptr(LogConfig),
  ShutdownDelay: ptr(duration),
  KillSignal: str,
  VolumeMounts: opt(list(VolumeMount)),
  Identities: opt(list(WorkloadIdentity)),
});

export const ConsulGatewayBindAddress = struct('ConsulGatewayBindAddress', {
  Name: str,
  Address: str,
  Port: int,
});
export const ConsulGatewayProxy = struct('ConsulGatewayProxy', {
  ConnectTimeout: ptr(duration),
  EnvoyGatewayBindTaggedAddresses: bool,
  EnvoyGatewayBindAddresses: map(ConsulGatewayBindAddress),
  EnvoyGatewayNoDefaultBind: bool,
  EnvoyDNSDiscoveryType: str,
  Config: map(any),
});
export const ConsulGatewayTLSSDSConfig = struct('ConsulGatewayTLSSDSConfig', {
  ClusterName: str,
  CertResource: str,
});
export const ConsulGatewayTLSConfig = struct('ConsulGatewayTLSConfig', {
  Enabled: bool,
  TLSMinVersion: str,
  TLSMaxVersion: str,
  CipherSuites: list(str),
  SDS: opt(ptr(ConsulGatewayTLSSDSConfig)),
});
export const ConsulHTTPHeaderModifiers = struct('ConsulHTTPHeaderModifiers', {
  Add: map(str),
  Set: map(str),
  Remove: list(str),
});
/** Everything but name and hosts since 1.7. */
export const ConsulIngressService = struct('ConsulIngressService', {
  Name: str,
  Hosts: list(str),
  TLS: opt(ptr(ConsulGatewayTLSConfig)),
  RequestHeaders: opt(ptr(ConsulHTTPHeaderModifiers)),
  ResponseHeaders: opt(ptr(ConsulHTTPHeaderModifiers)),
  MaxConnections: opt(ptr(uint)),
  MaxPendingRequests: opt(ptr(uint)),
  MaxConcurrentRequests: opt(ptr(uint)),
});
export const ConsulIngressListener = struct('ConsulIngressListener', {
  Port: int,
  Protocol: str,
  Services: list(ConsulIngressService),
});
export const ConsulIngressConfigEntry = struct('ConsulIngressConfigEntry', {
  TLS: ptr(ConsulGatewayTLSConfig),
  Listeners: list(ConsulIngressListener),
});
export const ConsulLinkedService = struct('ConsulLinkedService', {
  Name: str,
  CAFile: str,
  CertFile: str,
  KeyFile: str,
  SNI: str,
});
export const ConsulTerminatingConfigEntry = struct('ConsulTerminatingConfigEntry', {
  Services: list(ConsulLinkedService),
});
export const ConsulMeshConfigEntry = struct('ConsulMeshConfigEntry', {});
export const ConsulGateway = struct('ConsulGateway', {
  Proxy: ptr(ConsulGatewayProxy),
  Ingress: ptr(ConsulIngressConfigEntry),
  Terminating: ptr(ConsulTerminatingConfigEntry),
  Mesh: ptr(ConsulMeshConfigEntry),
});
export const ConsulConnect = struct('ConsulConnect', {
  Native: bool,
  SidecarService: ptr(ConsulSidecarService),
  SidecarTask: ptr(SidecarTask),
  Gateway: ptr(ConsulGateway),
});
export interface ConsulConnect extends Static<typeof ConsulConnect> {}

export const ServiceWeights = struct('ServiceWeights', { Passing: int, Warning: int });

export const Service = struct('Service', {
  Name: str,
  TaskName: str,
  PortLabel: str,
  AddressMode: str,
  Address: str,
  EnableTagOverride: bool,
  Tags: list(str),
  CanaryTags: list(str),
  Checks: list(ServiceCheck),
  Connect: ptr(ConsulConnect),
  Meta: map(str),
  CanaryMeta: map(str),
  TaggedAddresses: map(str),
  Namespace: str,
  OnUpdate: str,
  Provider: str,
  Cluster: opt(str),
  Identity: opt(ptr(WorkloadIdentity)),
  Weights: opt(ptr(ServiceWeights)),
  Kind: opt(str),
});
export interface Service extends Static<typeof Service> {}

export const ChangeScript = struct('ChangeScript', {
  Command: str,
  Args: list(str),
  Timeout: duration,
  FailOnError: bool,
  RunOnFirstRender: opt(bool),
});
export const WaitConfig = struct('WaitConfig', { Min: ptr(duration), Max: ptr(duration) });

export const Template = struct('Template', {
  SourcePath: str,
  DestPath: str,
  EmbeddedTmpl: str,
  ChangeMode: str,
  ChangeSignal: str,
  ChangeScript: ptr(ChangeScript),
  Once: opt(bool),
  Splay: duration,
  Perms: str,
  Uid: ptr(int),
  Gid: ptr(int),
  LeftDelim: str,
  RightDelim: str,
  Envvars: bool,
  VaultGrace: duration,
  Wait: ptr(WaitConfig),
  ErrMissingKey: bool,
});
export interface Template extends Static<typeof Template> {}

export const TaskArtifact = struct('TaskArtifact', {
  GetterSource: str,
  GetterOptions: map(str),
  GetterHeaders: map(str),
  GetterMode: str,
  GetterInsecure: opt(bool),
  RelativeDest: str,
  Chown: opt(bool),
});
export interface TaskArtifact extends Static<typeof TaskArtifact> {}

export const Vault = struct('Vault', {
  Policies: list(str),
  Role: opt(str),
  Namespace: str,
  Cluster: opt(str),
  Env: bool,
  DisableFile: bool,
  ChangeMode: str,
  ChangeSignal: str,
  AllowTokenExpiration: opt(bool),
});
export interface Vault extends Static<typeof Vault> {}

/** Hook: prestart, poststart or poststop. */
export const TaskLifecycleConfig = struct('TaskLifecycleConfig', { Hook: str, Sidecar: bool });
export interface TaskLifecycleConfig extends Static<typeof TaskLifecycleConfig> {}

export const CSIMountOptions = struct('CSIMountOptions', { FSType: str, MountFlags: list(str) });
export const VolumeRequest = struct('VolumeRequest', {
  Name: str,
  Type: str,
  Source: str,
  ReadOnly: bool,
  Sticky: opt(bool),
  AccessMode: str,
  AttachmentMode: str,
  MountOptions: ptr(CSIMountOptions),
  PerAlloc: bool,
});
export interface VolumeRequest extends Static<typeof VolumeRequest> {}

export const TaskCSIPluginConfig = struct('TaskCSIPluginConfig', {
  ID: str,
  Type: str,
  MountDir: str,
  StagePublishBaseDir: str,
  HealthTimeout: duration,
});
export const DispatchPayloadConfig = struct('DispatchPayloadConfig', { File: str });

/** Mode: fail or delay. */
export const RestartPolicy = struct('RestartPolicy', {
  Attempts: int,
  Interval: duration,
  Delay: duration,
  Mode: str,
  RenderTemplates: bool,
});
export interface RestartPolicy extends Static<typeof RestartPolicy> {}

export const ScalingPolicy = struct('ScalingPolicy', {
  ID: str,
  Type: str,
  Target: map(str),
  Policy: map(any),
  Min: int,
  Max: int,
  Enabled: bool,
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface ScalingPolicy extends Static<typeof ScalingPolicy> {}

export const TaskAction = struct('Action', { Name: str, Command: str, Args: list(str) });
export const TaskScheduleCron = struct('TaskScheduleCron', { Start: str, End: str, Timezone: str });
export const TaskSchedule = struct('TaskSchedule', { Cron: ptr(TaskScheduleCron) });
export const TaskSecret = struct('Secret', {
  Name: str,
  Provider: str,
  Path: str,
  Config: map(any),
  Env: map(str),
});
export const Consul = struct('Consul', { Namespace: str, Cluster: opt(str), Partition: opt(str) });

export const Task = struct('Task', {
  Name: str,
  Driver: str,
  User: str,
  Config: map(any),
  Env: map(str),
  Services: list(Service),
  Vault: ptr(Vault),
  Consul: opt(ptr(Consul)),
  Templates: list(Template),
  Constraints: list(Constraint),
  Affinities: list(Affinity),
  Resources: ptr(Resources),
  RestartPolicy: ptr(RestartPolicy),
  DispatchPayload: ptr(DispatchPayloadConfig),
  Lifecycle: ptr(TaskLifecycleConfig),
  Meta: map(str),
  KillTimeout: duration,
  LogConfig: ptr(LogConfig),
  Artifacts: list(TaskArtifact),
  Leader: bool,
  ShutdownDelay: duration,
  VolumeMounts: list(VolumeMount),
  ScalingPolicies: list(ScalingPolicy),
  KillSignal: str,
  Kind: str,
  CSIPluginConfig: ptr(TaskCSIPluginConfig),
  Identity: ptr(WorkloadIdentity),
  Identities: opt(list(WorkloadIdentity)),
  Actions: opt(list(TaskAction)),
  Schedule: opt(ptr(TaskSchedule)),
  Secrets: opt(list(TaskSecret)),
});
export interface Task extends Static<typeof Task> {}

export const EphemeralDisk = struct('EphemeralDisk', { Sticky: bool, SizeMB: int, Migrate: bool });
export interface EphemeralDisk extends Static<typeof EphemeralDisk> {}

/** HealthCheck: checks, task_states or manual. */
export const UpdateStrategy = struct('UpdateStrategy', {
  Stagger: duration,
  MaxParallel: int,
  HealthCheck: str,
  MinHealthyTime: duration,
  HealthyDeadline: duration,
  ProgressDeadline: duration,
  AutoRevert: bool,
  AutoPromote: bool,
  Canary: int,
});
export interface UpdateStrategy extends Static<typeof UpdateStrategy> {}

export const MigrateStrategy = struct('MigrateStrategy', {
  MaxParallel: int,
  HealthCheck: str,
  MinHealthyTime: duration,
  HealthyDeadline: duration,
});
export interface MigrateStrategy extends Static<typeof MigrateStrategy> {}

/** DelayFunction: constant, exponential or fibonacci. */
export const ReschedulePolicy = struct('ReschedulePolicy', {
  Attempts: int,
  Interval: duration,
  Delay: duration,
  DelayFunction: str,
  MaxDelay: duration,
  Unlimited: bool,
});
export interface ReschedulePolicy extends Static<typeof ReschedulePolicy> {}

export const DisconnectStrategy = struct('DisconnectStrategy', {
  LostAfter: duration,
  StopOnClientAfter: ptr(duration),
  Replace: ptr(bool),
  Reconcile: str,
});
export interface DisconnectStrategy extends Static<typeof DisconnectStrategy> {}

export const TaskGroup = struct('TaskGroup', {
  Name: str,
  Count: int,
  Update: ptr(UpdateStrategy),
  Migrate: ptr(MigrateStrategy),
  Constraints: list(Constraint),
  Scaling: ptr(ScalingPolicy),
  RestartPolicy: ptr(RestartPolicy),
  Disconnect: opt(ptr(DisconnectStrategy)),
  Tasks: list(Task),
  EphemeralDisk: ptr(EphemeralDisk),
  Meta: map(str),
  ReschedulePolicy: ptr(ReschedulePolicy),
  Affinities: list(Affinity),
  Spreads: list(Spread),
  Networks: list(NetworkResource),
  Consul: ptr(Consul),
  Services: list(Service),
  Volumes: map(VolumeRequest),
  ShutdownDelay: ptr(duration),
  StopAfterClientDisconnect: ptr(duration),
  MaxClientDisconnect: ptr(duration),
  PreventRescheduleOnLost: opt(bool),
  MaxRunDuration: opt(ptr(duration)),
});
export interface TaskGroup extends Static<typeof TaskGroup> {}

export const PeriodicConfig = struct('PeriodicConfig', {
  Enabled: bool,
  Spec: str,
  Specs: list(str),
  SpecType: str,
  ProhibitOverlap: bool,
  TimeZone: str,
});
export interface PeriodicConfig extends Static<typeof PeriodicConfig> {}

export const ParameterizedJobConfig = struct('ParameterizedJobConfig', {
  Payload: str,
  MetaRequired: list(str),
  MetaOptional: list(str),
});
export interface ParameterizedJobConfig extends Static<typeof ParameterizedJobConfig> {}

export const MultiregionStrategy = struct('MultiregionStrategy', { MaxParallel: int, OnFailure: str });
export const MultiregionRegion = struct('MultiregionRegion', {
  Name: str,
  Count: int,
  Datacenters: list(str),
  NodePool: str,
  Meta: map(str),
});
export const Multiregion = struct('Multiregion', {
  Strategy: ptr(MultiregionStrategy),
  Regions: list(MultiregionRegion),
});
export interface Multiregion extends Static<typeof Multiregion> {}

export const JobUILink = struct('JobUILink', { Label: str, URL: str });
export const JobUIConfig = struct('JobUIConfig', { Description: str, Links: list(JobUILink) });
export const JobVersionTag = struct('JobVersionTag', { Name: str, Description: str, TaggedTime: int });
export interface JobVersionTag extends Static<typeof JobVersionTag> {}

/** Status: pending, running or dead. SubmitTime in Unix nanoseconds. */
export const Job = struct('Job', {
  Stop: bool,
  Region: str,
  Namespace: str,
  ID: str,
  ParentID: str,
  Name: str,
  Type: str,
  Priority: int,
  AllAtOnce: bool,
  Datacenters: list(str),
  NodePool: str,
  Constraints: list(Constraint),
  Affinities: list(Affinity),
  Spreads: list(Spread),
  TaskGroups: list(TaskGroup),
  Update: UpdateStrategy,
  Multiregion: ptr(Multiregion),
  Periodic: ptr(PeriodicConfig),
  ParameterizedJob: ptr(ParameterizedJobConfig),
  Dispatched: bool,
  DispatchIdempotencyToken: str,
  Payload: bytes,
  Meta: map(str),
  ConsulToken: str,
  ConsulNamespace: str,
  VaultToken: str,
  VaultNamespace: str,
  NomadTokenID: str,
  Status: str,
  StatusDescription: str,
  Stable: bool,
  Version: uint,
  SubmitTime: int,
  CreateIndex: uint,
  ModifyIndex: uint,
  JobModifyIndex: uint,
  UI: opt(ptr(JobUIConfig)),
  VersionTag: opt(ptr(JobVersionTag)),
});
export interface Job extends Static<typeof Job> {}

/** What a user submits: a Job of which any field may be missing, and two blocks that are copied into the groups. */
export const JobSpec = struct('Job', {
  ...Job.fields,
  Update: ptr(UpdateStrategy),
  Reschedule: ptr(ReschedulePolicy),
  Migrate: ptr(MigrateStrategy),
});
export interface JobSpec extends Static<typeof JobSpec> {}

/** The source text of a job version. Format: hcl1, hcl2 or json. */
export const JobSubmission = struct('JobSubmission', {
  Source: str,
  Format: str,
  VariableFlags: map(str),
  Variables: str,
  Namespace: str,
  JobID: str,
  Version: uint,
  JobModifyIndex: uint,
});
export interface JobSubmission extends Static<typeof JobSubmission> {}

export const TaskGroupSummary = struct('TaskGroupSummary', {
  Queued: int,
  Complete: int,
  Failed: int,
  Running: int,
  Starting: int,
  Lost: int,
  Unknown: int,
});
export interface TaskGroupSummary extends Static<typeof TaskGroupSummary> {}

export const JobChildrenSummary = struct('JobChildrenSummary', { Pending: int, Running: int, Dead: int });

export const JobSummary = struct('JobSummary', {
  JobID: str,
  Namespace: str,
  Summary: map(TaskGroupSummary),
  Children: ptr(JobChildrenSummary),
  CreateIndex: uint,
  ModifyIndex: uint,
});
export interface JobSummary extends Static<typeof JobSummary> {}

export const JobListStub = struct('JobListStub', {
  ID: str,
  ParentID: str,
  Name: str,
  Namespace: opt(str),
  Datacenters: list(str),
  NodePool: str,
  Multiregion: ptr(Multiregion),
  Type: str,
  Priority: int,
  Periodic: bool,
  ParameterizedJob: bool,
  Stop: bool,
  Status: str,
  StatusDescription: str,
  JobSummary: ptr(JobSummary),
  CreateIndex: uint,
  ModifyIndex: uint,
  JobModifyIndex: uint,
  SubmitTime: int,
  Meta: opt(map(str)),
});
export interface JobListStub extends Static<typeof JobListStub> {}

export const ScalingEvent = struct('ScalingEvent', {
  Time: int,
  Count: ptr(int),
  PreviousCount: int,
  Message: str,
  Error: bool,
  Meta: map(any),
  EvalID: ptr(str),
  CreateIndex: uint,
});
export interface ScalingEvent extends Static<typeof ScalingEvent> {}
