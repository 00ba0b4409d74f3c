// SPDX-License-Identifier: MPL-2.0
// The blocks acl, tls, audit, keyring, sentinel.

import { block, choice, flag, integer, named, type Shape, secret, span, text, texts } from './field.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const acl = {
  enabled: flag(false),
  token_ttl: span(30 * second),
  policy_ttl: span(30 * second),
  role_ttl: span(30 * second),
  replication_token: secret(),
  token_min_expiration_ttl: span(minute),
  token_max_expiration_ttl: span(24 * hour),
  /** These two are Consul's. */
  default_policy: text('', {
    check: (each) =>
      each === 'deny' || each === ''
        ? undefined
        : 'must be "deny": with ACLs enabled, what no policy allows is always denied. Allow it with the policy named anonymous',
    notice: () =>
      'Nomad has no acl.default_policy (it is an option of Consul). With acl.enabled = true everything is denied that no policy allows, so nothing is lost. Remove it.',
  }),
  enable_token_persistence: flag(false, {
    notice: () =>
      'Nomad has no acl.enable_token_persistence (it is an option of Consul). Tokens are always kept in the state of the servers. Remove it.',
  }),
} satisfies Shape;

export const tls = {
  http: flag(false),
  rpc: flag(false),
  ca_file: text(''),
  cert_file: text(''),
  key_file: text(''),
  verify_server_hostname: flag(false),
  verify_https_client: flag(false),
  rpc_upgrade_mode: flag(false),
  tls_cipher_suites: text(''),
  tls_min_version: choice(['tls10', 'tls11', 'tls12', 'tls13'], 'tls12'),
  tls_prefer_server_cipher_suites: flag(false, {
    notice: () => 'tls.tls_prefer_server_cipher_suites has no effect since Nomad 1.9. Remove it.',
  }),
} satisfies Shape;

export const auditSink = {
  type: choice(['file', 'syslog'], 'file'),
  delivery_guarantee: choice(['enforced', 'best-effort'], 'enforced'),
  format: choice(['json'], 'json'),
  /** '' : below data_dir */
  path: text(''),
  mode: text('0600', {
    check: (each) => (/^0?[0-7]{3}$/.test(each) ? undefined : 'must be an octal file mode, e.g. "0600"'),
  }),
  rotate_bytes: integer(0),
  rotate_duration: span(24 * hour),
  rotate_max_files: integer(0),
  /** For type syslog, which Nomad doesn't have. */
  facility: text('LOCAL0'),
} satisfies Shape;

const auditFilter = {
  type: choice(['HTTPEvent'], 'HTTPEvent'),
  endpoints: texts(),
  stages: texts(),
  operations: texts(),
} satisfies Shape;

export const audit = {
  enabled: flag(false, { explicit: true }),
  sink: named(auditSink),
  filter: named(auditFilter),
} satisfies Shape;

export const sentinel = {
  import: named({ path: text(''), args: texts() }),
  additional_enabled_modules: texts(),
} satisfies Shape;

/** One block per way of wrapping root keys (aead, awskms, azurekeyvault, gcpckms, transit), with the keys of all of them. */
export const keyring = {
  name: text(''),
  active: flag(false, { explicit: true }),
  region: text(''),
  access_key: secret(),
  secret_key: secret(),
  session_token: secret(),
  kms_key_id: text(''),
  endpoint: text(''),
  tenant_id: text(''),
  client_id: text(''),
  client_secret: secret(),
  environment: text(''),
  vault_name: text(''),
  key_name: text(''),
  resource: text(''),
  credentials: text(''),
  project: text(''),
  key_ring: text(''),
  crypto_key: text(''),
  address: text(''),
  token: secret(),
  mount_path: text(''),
  namespace: text(''),
  disable_renewal: text(''),
  tls_ca_cert: text(''),
  tls_client_cert: text(''),
  tls_client_key: text(''),
  tls_server_name: text(''),
  tls_skip_verify: text(''),
} satisfies Shape;

export const reporting = {
  address: text(''),
  export_interval: span(15 * minute),
  snapshot_retention_time: span(0),
  disable_product_usage_reporting: flag(false),
  license: block({ enabled: flag(true) }),
} satisfies Shape;
