// SPDX-License-Identifier: MPL-2.0
// What a task may prove about itself or fetch: identity, vault, consul, secret.

import { Consul, TaskSecret, Vault, WorkloadIdentity } from '@serai/api';
import { type BlockSpec, blockSpec } from '../decode/block-spec.ts';

export const identitySpec: BlockSpec = blockSpec(WorkloadIdentity, {
  attributes: {
    name: 'Name',
    aud: 'Audience',
    change_mode: 'ChangeMode',
    change_signal: 'ChangeSignal',
    env: 'Env',
    file: 'File',
    filepath: 'Filepath',
    service_name: 'ServiceName',
    ttl: 'TTL',
  },
  maps: { extra_claims: 'ExtraClaims' },
});

export const vaultSpec: BlockSpec = blockSpec(Vault, {
  attributes: {
    policies: 'Policies',
    role: 'Role',
    namespace: 'Namespace',
    cluster: 'Cluster',
    env: 'Env',
    disable_file: 'DisableFile',
    change_mode: 'ChangeMode',
    change_signal: 'ChangeSignal',
    allow_token_expiration: 'AllowTokenExpiration',
  },
  finish: (fields) => ({ Env: true, ChangeMode: 'restart', ...fields }),
});

export const consulSpec: BlockSpec = blockSpec(Consul, {
  attributes: { namespace: 'Namespace', cluster: 'Cluster', partition: 'Partition' },
});

export const secretSpec: BlockSpec = blockSpec(TaskSecret, {
  labelField: 'Name',
  attributes: { provider: 'Provider', path: 'Path' },
  maps: { env: 'Env' },
  free: { config: 'Config' },
});
