// SPDX-License-Identifier: MPL-2.0
// service and check.

import { CheckRestart, Service, ServiceCheck, ServiceWeights } from '@serai/api';
import { type BlockSpec, blockSpec, type Fields, many, one } from '../decode/block-spec.ts';
import { connectSpec } from './connect.ts';
import { identitySpec } from './identity.ts';

const checkRestartSpec: BlockSpec = blockSpec(CheckRestart, {
  attributes: { limit: 'Limit', grace: 'Grace', ignore_warnings: 'IgnoreWarnings' },
});

const checkSpec: BlockSpec = blockSpec(ServiceCheck, {
  attributes: {
    name: 'Name',
    type: 'Type',
    command: 'Command',
    args: 'Args',
    path: 'Path',
    protocol: 'Protocol',
    port: 'PortLabel',
    expose: 'Expose',
    address_mode: 'AddressMode',
    interval: 'Interval',
    timeout: 'Timeout',
    initial_status: 'InitialStatus',
    tls_server_name: 'TLSServerName',
    tls_skip_verify: 'TLSSkipVerify',
    method: 'Method',
    grpc_service: 'GRPCService',
    grpc_use_tls: 'GRPCUseTLS',
    task: 'TaskName',
    success_before_passing: 'SuccessBeforePassing',
    failures_before_critical: 'FailuresBeforeCritical',
    failures_before_warning: 'FailuresBeforeWarning',
    body: 'Body',
    on_update: 'OnUpdate',
    notes: 'Notes',
    advertise: 'Advertise',
  },
  extraAttributes: ['header'],
  extraBlocks: { header: [] },
  blocks: { check_restart: one('CheckRestart', () => checkRestartSpec) },
  finish: (fields, context) => {
    const block = context.content.block('header');
    const attributes = block?.body.justAttributes();
    const header: Record<string, readonly string[]> = {};
    for (const [name, attribute] of attributes ?? []) header[name] = attribute.strings() ?? [];
    const map = context.content.attribute('header')?.evaluate();
    if (typeof map === 'object' && map !== null && !Array.isArray(map)) {
      for (const [name, values] of Object.entries(map)) {
        header[name] = Array.isArray(values) ? values.map(String) : [String(values)];
      }
    }
    return Object.keys(header).length > 0 ? { ...fields, Header: header } : fields;
  },
});

const weightsSpec: BlockSpec = blockSpec(ServiceWeights, {
  attributes: { passing: 'Passing', warning: 'Warning' },
});

export const serviceSpec: BlockSpec = blockSpec(Service, {
  attributes: {
    name: 'Name',
    provider: 'Provider',
    port: 'PortLabel',
    address: 'Address',
    address_mode: 'AddressMode',
    tags: 'Tags',
    canary_tags: 'CanaryTags',
    enable_tag_override: 'EnableTagOverride',
    task: 'TaskName',
    on_update: 'OnUpdate',
    cluster: 'Cluster',
    kind: 'Kind',
  },
  maps: { meta: 'Meta', canary_meta: 'CanaryMeta', tagged_addresses: 'TaggedAddresses' },
  blocks: {
    check: many('Checks', () => checkSpec),
    connect: one('Connect', () => connectSpec),
    identity: one('Identity', () => identitySpec),
    weights: one('Weights', () => weightsSpec),
  },
  extraBlocks: { check_restart: [] },
  finish: (fields, context) => {
    const block = context.content.block('check_restart');
    const shared = block ? context.decoder.block(block, checkRestartSpec) : null;
    return shared ? { ...fields, Checks: withRestart(fields['Checks'], shared) } : fields;
  },
});

/** check_restart of the service applies to each of its checks, whose own fields win. */
export function withRestart(checks: unknown, shared: Fields): Fields[] {
  return ((checks ?? []) as readonly Fields[]).map((check) => ({
    ...check,
    CheckRestart: { ...shared, ...(check['CheckRestart'] as Fields | null | undefined) },
  }));
}
