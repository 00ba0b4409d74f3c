// SPDX-License-Identifier: MPL-2.0
// The `server` block.

import {
  between,
  block,
  choice,
  flag,
  float,
  integer,
  positive,
  type Shape,
  secret,
  size,
  span,
  text,
  texts,
} from './field.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Addresses to join. `start_join` is for servers only; the check is in compile/join.ts. */
export const serverJoin = {
  retry_join: texts(),
  /** 0: for ever */
  retry_max: integer(0),
  retry_interval: span(30 * second),
  start_join: texts(),
} satisfies Shape;

const preemption = {
  system_scheduler_enabled: flag(true),
  sysbatch_scheduler_enabled: flag(false),
  batch_scheduler_enabled: flag(false),
  service_scheduler_enabled: flag(false),
} satisfies Shape;

/** Seeds the cluster's configuration once. */
const schedulerConfig = {
  scheduler_algorithm: text('binpack', {
    check: (each) =>
      each === 'binpack' || each === 'spread'
        ? undefined
        : `invalid scheduler algorithm: ${each}; use binpack or spread`,
  }),
  memory_oversubscription_enabled: flag(false),
  reject_job_registration: flag(false),
  pause_eval_broker: flag(false),
  preemption_config: block(preemption),
} satisfies Shape;

const gc = {
  node_gc_threshold: span(24 * hour),
  job_gc_interval: span(5 * minute, { check: positive, explicit: true }),
  job_gc_threshold: span(4 * hour),
  eval_gc_threshold: span(hour),
  batch_eval_gc_threshold: span(24 * hour),
  deployment_gc_threshold: span(hour),
  csi_volume_claim_gc_interval: span(5 * minute, { check: positive, explicit: true }),
  csi_volume_claim_gc_threshold: span(5 * minute),
  csi_plugin_gc_threshold: span(hour),
  acl_token_gc_threshold: span(hour),
  root_key_gc_interval: span(10 * minute),
  root_key_gc_threshold: span(hour),
  root_key_rotation_threshold: span(720 * hour),
} satisfies Shape;

const raft = {
  raft_protocol: integer(3, { check: (each) => (each === 3 ? undefined : 'must be 3') }),
  raft_multiplier: integer(1, { explicit: true, check: between(1, 10) }),
  raft_snapshot_threshold: integer(8192, { explicit: true, check: between(1) }),
  raft_snapshot_interval: span(2 * minute, {
    explicit: true,
    check: (each) => (each >= 5 ? undefined : 'must be at least 5ms'),
  }),
  raft_trailing_logs: integer(10_240, { explicit: true, check: between(1) }),
  raft_boltdb: block({ no_freelist_sync: flag(false) }),
  raft_logstore: block({
    backend: text(''),
    disable_log_cache: flag(false),
    boltdb: block({ no_freelist_sync: flag(false) }),
    wal: block({ segment_size_mb: integer(64) }),
    verification: block({ enabled: flag(false), interval: span(minute) }),
  }),
} satisfies Shape;

export const server = {
  enabled: flag(false),
  bootstrap_expect: integer(0, { check: between(0) }),
  authoritative_region: text(''),
  /** '' : below the agent's data_dir */
  data_dir: text(''),
  encrypt: secret(),
  server_join: block(serverJoin),
  /** The older place of server_join's keys. */
  start_join: texts(),
  retry_join: texts(),
  retry_max: integer(0),
  retry_interval: span(0),
  rejoin_after_leave: flag(false),
  ...raft,
  protocol_version: integer(0, {
    notice: (each) =>
      each === 0 ? undefined : 'server.protocol_version has no effect: there is one protocol. Remove it.',
  }),
  /** 0: one per processor */
  num_schedulers: integer(0, { check: between(0) }),
  enabled_schedulers: texts(),
  ...gc,
  heartbeat_grace: span(10 * second),
  min_heartbeat_ttl: span(10 * second),
  max_heartbeats_per_second: float(50),
  failover_heartbeat_ttl: span(5 * minute),
  non_voting_server: flag(false),
  redundancy_zone: text(''),
  upgrade_version: text(''),
  license_path: text(''),
  enable_event_broker: flag(true),
  event_buffer_size: integer(100, { explicit: true, check: between(0) }),
  deploy_query_rate_limit: float(100, { explicit: true, check: positive }),
  job_default_priority: integer(50, { explicit: true }),
  job_max_priority: integer(100, { explicit: true, check: between(100, 32_766) }),
  /** 0: no sources are kept */
  job_max_source_size: size(1024 * 1024),
  job_tracked_versions: integer(6, { explicit: true, check: positive }),
  job_max_count: integer(50_000, { explicit: true, check: between(0) }),
  plan_rejection_tracker: block({
    enabled: flag(false, { explicit: true }),
    node_threshold: integer(100),
    node_window: span(5 * minute, { explicit: true, check: positive }),
  }),
  plan_apply_pipeline: integer(0),
  search: block({
    fuzzy_enabled: flag(true),
    limit_query: integer(20),
    limit_results: integer(100),
    min_term_length: integer(2),
  }),
  default_scheduler_config: block(schedulerConfig),
  oidc_issuer: text(''),
  start_timeout: span(30 * second),
  client_introduction: block({
    enforcement: choice(['none', 'warn', 'strict'], 'warn'),
    default_identity_ttl: span(5 * minute),
    max_identity_ttl: span(30 * minute),
  }),
  non_production: flag(false),
  log_file: text(''),
  /** Not Nomad's: see the notice. */
  auto_encrypt: block(
    { allow_registration: flag(false), allow_tls: flag(false) },
    {
      notice:
        'Nomad has no auto_encrypt (it is an option of Consul). It is kept and means that this server gives certificates to clients that join.',
    },
  ),
} satisfies Shape;
