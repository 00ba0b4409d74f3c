// SPDX-License-Identifier: MPL-2.0
// How fields that hold objects are called in a difference, and how their elements are matched.

/** set: elements are added or deleted as a whole. name: elements with the same name are compared with each other. */
export type Matching = 'set' | 'name';

/** Keys are `Struct.Field`. Without an entry an object is called like its field. */
const names: Readonly<Record<string, string>> = {
  Constraints: 'Constraint',
  Affinities: 'Affinity',
  Spreads: 'Spread',
  Templates: 'Template',
  Artifacts: 'Artifact',
  Services: 'Service',
  Checks: 'Check',
  Networks: 'Network',
  ReservedPorts: 'Static Port',
  DynamicPorts: 'Dynamic Port',
  Devices: 'Device',
  VolumeMounts: 'VolumeMount',
  Volumes: 'Volume',
  Identities: 'Identity',
  Actions: 'Action',
  Secrets: 'Secret',
  Links: 'Link',
  ScalingPolicies: 'Scaling',
  Regions: 'Region',
  Connect: 'ConsulConnect',
  Upstreams: 'ConsulUpstreams',
  Proxy: 'ConsulProxy',
  Expose: 'ConsulExposeConfig',
  Gateway: 'Gateway',
};

const matchedByName: ReadonlySet<string> = new Set([
  'Services',
  'Checks',
  'Identities',
  'Actions',
  'Secrets',
  'Regions',
]);

export function objectName(field: string): string {
  return names[field] ?? field;
}

export function matchingOf(field: string): Matching {
  return matchedByName.has(field) ? 'name' : 'set';
}

/** Written by servers, or shown elsewhere: no part of what the user wants. Keys are struct names. */
const ignored: Readonly<Record<string, ReadonlySet<string>>> = {
  Job: new Set([
    'ID',
    'Status',
    'StatusDescription',
    'Version',
    'VersionTag',
    'Stable',
    'CreateIndex',
    'ModifyIndex',
    'JobModifyIndex',
    'Update',
    'SubmitTime',
    'NomadTokenID',
    'VaultToken',
    'ConsulToken',
    'TaskGroups',
  ]),
  TaskGroup: new Set(['Name', 'Tasks']),
  Task: new Set(['Name']),
  ScalingPolicy: new Set(['ID', 'CreateIndex', 'ModifyIndex', 'Target']),
};

export function ignoredFields(struct: string | undefined): ReadonlySet<string> {
  return ignored[struct ?? ''] ?? new Set();
}
