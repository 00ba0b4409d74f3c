// SPDX-License-Identifier: MPL-2.0
// The job as `job run -output` prints it: every key of the API's job, null where nothing was written.

import { type Input, JobSpec, type Schema } from '@serai/api';

/**
 * In the API's objects a missing value is null for most fields (they are pointers there) and the zero value for the
 * rest. `zero: 'all'` means the second holds for the whole object; a list names the fields of which it holds.
 */
const zeroFields: Readonly<Record<string, 'all' | readonly string[]>> = {
  Job: ['Dispatched'],
  Task: ['Name', 'Driver', 'User', 'Leader', 'ShutdownDelay', 'KillSignal', 'Kind'],
  Constraint: 'all',
  Affinity: ['LTarget', 'RTarget', 'Operand'],
  Spread: ['Attribute'],
  SpreadTarget: 'all',
  NetworkResource: ['Mode', 'Device', 'CIDR', 'IP'],
  Port: 'all',
  Service: 'all',
  ServiceCheck: 'all',
  CheckRestart: ['Limit', 'IgnoreWarnings'],
  ConsulConnect: ['Native'],
  ConsulSidecarService: 'all',
  ConsulProxy: 'all',
  ConsulUpstream: 'all',
  ConsulMeshGateway: 'all',
  ConsulExposePath: 'all',
  SidecarTask: ['Name', 'Driver', 'User', 'KillSignal'],
  ConsulGatewayProxy: [
    'EnvoyGatewayBindTaggedAddresses',
    'EnvoyGatewayNoDefaultBind',
    'EnvoyDNSDiscoveryType',
  ],
  ConsulGatewayBindAddress: 'all',
  ConsulGatewayTLSConfig: 'all',
  ConsulIngressListener: 'all',
  ConsulIngressService: 'all',
  ConsulLinkedService: 'all',
  TaskCSIPluginConfig: 'all',
  TaskLifecycleConfig: 'all',
  DispatchPayloadConfig: 'all',
  ParameterizedJobConfig: 'all',
  VolumeRequest: 'all',
  CSIMountOptions: 'all',
  Consul: 'all',
  ScalingPolicy: ['ID', 'Type', 'CreateIndex', 'ModifyIndex'],
  MultiregionRegion: ['Name', 'NodePool'],
  WorkloadIdentity: 'all',
  RequestedDevice: ['Name'],
  Action: 'all',
};

/** Fields of stored objects that the API's job does not have. */
const storedOnly: Readonly<Record<string, ReadonlySet<string>>> = {
  Service: new Set(['Namespace']),
};

/** Fields of the API's job that stored objects don't have. */
const apiOnly: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Service: { Id: '', CheckRestart: null },
  ServiceCheck: { Id: '' },
};

/** Left out when nothing was written. */
const omitted: Readonly<Record<string, ReadonlySet<string>>> = {
  Task: new Set(['CSIPluginConfig']),
};

export function toApiJob(job: Input<JobSpec>): { readonly Job: Readonly<Record<string, unknown>> } {
  return { Job: expandStruct(JobSpec, job as Readonly<Record<string, unknown>>) };
}

function expandStruct(schema: Schema, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const name = schema.name ?? '';
  const out: Record<string, unknown> = { ...apiOnly[name] };
  for (const [key, field] of Object.entries(schema.fields ?? {})) {
    if (storedOnly[name]?.has(key)) continue;
    const item = value[key];
    const missing = item === null || item === undefined;
    if (missing && (field.optional || omitted[name]?.has(key))) continue;
    out[key] = missing ? missingValue(name, key, field) : expandValue(field, item);
  }
  return out;
}

function missingValue(struct: string, key: string, field: Schema): unknown {
  const zeros = zeroFields[struct];
  if (zeros !== 'all' && !zeros?.includes(key)) return null;
  switch (field.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int':
    case 'float':
    case 'duration':
      return 0;
    default:
      return null;
  }
}

function expandValue(schema: Schema, value: unknown): unknown {
  const of = schema.of?.();
  switch (schema.kind) {
    case 'struct':
      return expandStruct(schema, value as Readonly<Record<string, unknown>>);
    case 'pointer':
      return of ? expandValue(of, value) : value;
    case 'list':
      return of ? (value as readonly unknown[]).map((item) => expandValue(of, item)) : value;
    case 'map':
      return of?.kind === 'struct'
        ? Object.fromEntries(
            Object.entries(value as object).map(([key, item]) => [key, expandValue(of, item)]),
          )
        : value;
    default:
      return value;
  }
}
