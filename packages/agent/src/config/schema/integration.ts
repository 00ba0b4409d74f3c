// SPDX-License-Identifier: MPL-2.0
// The blocks consul, vault, telemetry, ui, limits, autopilot, rpc.

import { between, block, flag, integer, type Shape, secret, span, text, textMap, texts } from './field.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const identity = {
  aud: texts(),
  env: flag(false),
  file: flag(false),
  ttl: span(0),
  extra_claims: textMap(),
} satisfies Shape;

const consulChecks = {
  server_http_check_name: text('Nomad Server HTTP Check'),
  server_serf_check_name: text('Nomad Server Serf Check'),
  server_rpc_check_name: text('Nomad Server RPC Check'),
  client_http_check_name: text('Nomad Client HTTP Check'),
  server_failures_before_critical: integer(0),
  server_failures_before_warning: integer(0),
  client_failures_before_critical: integer(0),
  client_failures_before_warning: integer(0),
  checks_use_advertise: flag(false, { explicit: true }),
} satisfies Shape;

export const consul = {
  name: text('default'),
  address: text('127.0.0.1:8500'),
  grpc_address: text('127.0.0.1:8502'),
  allow_unauthenticated: flag(true),
  auto_advertise: flag(true),
  client_auto_join: flag(true),
  server_auto_join: flag(true),
  share_ssl: flag(true),
  verify_ssl: flag(true),
  ssl: flag(false, { explicit: true }),
  auth: secret(),
  token: secret(),
  namespace: text(''),
  ca_file: text(''),
  grpc_ca_file: text(''),
  cert_file: text(''),
  key_file: text(''),
  server_service_name: text('nomad', { explicit: true }),
  client_service_name: text('nomad-client', { explicit: true }),
  ...consulChecks,
  tags: texts(),
  timeout: span(5 * second),
  service_auth_method: text('nomad-workloads'),
  task_auth_method: text('nomad-workloads'),
  service_identity: block(identity),
  task_identity: block(identity),
} satisfies Shape;

export const vault = {
  name: text('default'),
  enabled: flag(false, { explicit: true }),
  address: text('https://vault.service.consul:8200'),
  allow_unauthenticated: flag(true),
  create_from_role: text(''),
  token: secret(),
  namespace: text(''),
  task_token_ttl: span(72 * hour),
  ca_file: text(''),
  ca_path: text(''),
  cert_file: text(''),
  key_file: text(''),
  tls_server_name: text(''),
  tls_skip_verify: flag(false, { explicit: true }),
  jwt_auth_backend_path: text('jwt-nomad'),
  default_identity: block(identity),
} satisfies Shape;

const circonus = {
  circonus_api_token: secret(),
  circonus_api_app: text('nomad'),
  circonus_api_url: text('https://api.circonus.com/v2'),
  circonus_submission_interval: text('10s'),
  circonus_submission_url: text(''),
  circonus_check_id: text(''),
  circonus_check_force_metric_activation: text('false'),
  circonus_check_instance_id: text(''),
  circonus_check_search_tag: text(''),
  circonus_check_tags: text(''),
  circonus_check_display_name: text(''),
  circonus_broker_id: text(''),
  circonus_broker_select_tag: text(''),
} satisfies Shape;

export const telemetry = {
  collection_interval: span(second),
  in_memory_collection_interval: span(10 * second),
  in_memory_retention_period: span(minute),
  disable_hostname: flag(false),
  use_node_name: flag(false),
  publish_allocation_metrics: flag(false),
  publish_node_metrics: flag(false),
  include_alloc_metadata_in_metrics: flag(false),
  allowed_metadata_keys_in_metrics: texts(),
  disable_allocation_hook_metrics: flag(false, { explicit: true }),
  disable_dispatched_job_summary_metrics: flag(false),
  disable_quota_utilization_metrics: flag(false),
  disable_rpc_rate_metrics_labels: flag(false),
  prometheus_metrics: flag(false),
  filter_default: flag(true),
  prefix_filter: texts([], 'replace'),
  statsite_address: text(''),
  statsd_address: text(''),
  datadog_address: text(''),
  datadog_tags: texts([], 'replace'),
  ...circonus,
  /** Gone since 0.10; read so that old files load. */
  disable_tagged_metrics: flag(false, {
    notice: () => 'telemetry.disable_tagged_metrics has no effect: metrics always have labels. Remove it.',
  }),
  backwards_compatible_metrics: flag(false, {
    notice: () =>
      'telemetry.backwards_compatible_metrics has no effect: metrics always have labels. Remove it.',
  }),
  /** Not Nomad's: see the notice. */
  enable_hostname_label: flag(false, {
    notice: () =>
      'Nomad has no telemetry.enable_hostname_label. It is kept and puts the host name on every metric as the label "host".',
  }),
} satisfies Shape;

const sources = (initial: readonly string[]): ReturnType<typeof texts> => texts(initial, 'replace');

export const ui = {
  enabled: flag(true),
  show_cli_hints: flag(true),
  consul: block({ ui_url: text('') }),
  vault: block({ ui_url: text('') }),
  label: block({ text: text(''), background_color: text(''), text_color: text('') }),
  content_security_policy: block({
    connect_src: sources(['*']),
    default_src: sources(["'none'"]),
    form_action: sources(["'none'"]),
    frame_ancestors: sources(["'none'"]),
    img_src: sources(["'self'", 'data:']),
    script_src: sources(["'self'"]),
    style_src: sources(["'self'", "'unsafe-inline'"]),
  }),
} satisfies Shape;

export const limits = {
  /** 0: off */
  https_handshake_timeout: span(5 * second, { explicit: true, check: between(0) }),
  rpc_handshake_timeout: span(5 * second, { explicit: true, check: between(0) }),
  http_max_conns_per_client: integer(100, { explicit: true, check: between(0) }),
  rpc_max_conns_per_client: integer(100, {
    explicit: true,
    check: (each) => (each === 0 || each > 25 ? undefined : 'must be 0 (off) or greater than 25'),
  }),
} satisfies Shape;

export const autopilot = {
  cleanup_dead_servers: flag(true),
  last_contact_threshold: span(200),
  max_trailing_logs: integer(250),
  min_quorum: integer(0),
  server_stabilization_time: span(10 * second),
  enable_redundancy_zones: flag(false, { explicit: true }),
  disable_upgrade_migration: flag(false, { explicit: true }),
  enable_custom_upgrades: flag(false, { explicit: true }),
} satisfies Shape;

export const rpc = {
  accept_backlog: integer(256),
  keep_alive_interval: span(30 * second),
  connection_write_timeout: span(10 * second),
  stream_open_timeout: span(75 * second),
  stream_close_timeout: span(5 * minute),
  dial_timeout: span(10 * second),
} satisfies Shape;
