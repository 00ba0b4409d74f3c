// SPDX-License-Identifier: MPL-2.0
// The `client` block.

import {
  between,
  block,
  flag,
  float,
  integer,
  named,
  type Shape,
  secret,
  size,
  span,
  text,
  textMap,
  texts,
} from './field.ts';
import { serverJoin } from './server.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const port = between(0, 65_535);

const retry = {
  attempts: integer(0, { explicit: true }),
  backoff: span(250),
  max_backoff: span(minute, { explicit: true }),
} satisfies Shape;

const wait = {
  min: span(5 * second, { explicit: true }),
  max: span(4 * minute, { explicit: true }),
} satisfies Shape;

const template = {
  function_denylist: texts(['plugin', 'writeToFile'], 'replace'),
  function_blacklist: texts([], 'replace'),
  disable_file_sandbox: flag(false),
  max_stale: span(87_600 * hour),
  block_query_wait: span(5 * minute),
  wait: block(wait),
  /** 0 and 0: no bounds */
  wait_bounds: block({ min: span(0), max: span(0) }),
  consul_retry: block(retry),
  vault_retry: block(retry),
  nomad_retry: block(retry),
  vault_default_lease_duration: span(5 * minute),
  use_client_consul_token: flag(false),
} satisfies Shape;

const transfer = (): ReturnType<typeof span> =>
  span(30 * minute, {
    explicit: true,
    check: (each) => (each > 0 ? undefined : 'client.artifact block invalid: must be > 0'),
  });

const artifact = {
  http_read_timeout: transfer(),
  http_max_size: size(100_000_000_000),
  gcs_timeout: transfer(),
  git_timeout: transfer(),
  hg_timeout: transfer(),
  s3_timeout: transfer(),
  decompression_size_limit: size(100_000_000_000),
  decompression_file_count_limit: integer(4096, { explicit: true, check: between(0) }),
  disable_filesystem_isolation: flag(false),
  filesystem_isolation_extra_paths: texts(),
  disable_artifact_inspection: flag(false),
  set_environment_variables: text(''),
} satisfies Shape;

/** What a task without its own root file system sees of the host: source to destination. '' : the built-in list. */
const chroot = textMap();

export const client = {
  enabled: flag(false),
  servers: texts(),
  server_join: block(serverJoin),
  state_dir: text(''),
  alloc_dir: text(''),
  alloc_mounts_dir: text(''),
  host_volumes_dir: text(''),
  host_volume_plugin_dir: text(''),
  common_plugin_dir: text(''),
  node_class: text(''),
  node_pool: text('default'),
  meta: textMap(),
  options: textMap(),
  chroot_env: chroot,
  network_interface: text(''),
  network_speed: integer(0),
  preferred_address_family: text('', {
    check: (each) => (['', 'ipv4', 'ipv6'].includes(each) ? undefined : 'must be ipv4 or ipv6'),
  }),
  cpu_total_compute: integer(0),
  cpu_disable_dmidecode: flag(false),
  memory_total_mb: integer(0),
  disk_total_mb: integer(0),
  disk_free_mb: integer(0),
  reservable_cores: text(''),
  reserved: block({
    cpu: integer(0, { check: between(0) }),
    cores: text(''),
    memory: integer(0, { check: between(0) }),
    disk: integer(0, { check: between(0) }),
    reserved_ports: text(''),
    /** Gone since 0.x; read so that old files load. */
    iops: integer(0, { notice: () => 'client.reserved.iops has no effect. Remove it.' }),
  }),
  max_kill_timeout: span(30 * second),
  min_dynamic_port: integer(20_000, { check: port }),
  max_dynamic_port: integer(32_000, { check: port }),
  client_min_port: integer(14_000, { check: port }),
  client_max_port: integer(14_512, { check: port }),
  gc_interval: span(minute),
  gc_parallel_destroys: integer(2),
  gc_disk_usage_threshold: float(80),
  gc_inode_usage_threshold: float(70),
  gc_max_allocs: integer(50),
  gc_volumes_on_node_gc: flag(false),
  node_max_allocs: integer(0),
  no_host_uuid: flag(true),
  disable_remote_exec: flag(false),
  template: block(template),
  artifact: block(artifact),
  cni_path: text('/opt/cni/bin'),
  cni_config_dir: text('/opt/cni/config'),
  bridge_network_name: text('nomad'),
  bridge_network_subnet: text('172.26.64.0/20'),
  bridge_network_subnet_ipv6: text(''),
  bridge_network_hairpin_mode: flag(false),
  bind_wildcard_default_host_network: flag(true),
  cgroup_parent: text(''),
  nomad_service_discovery: flag(true),
  host_volume: named({ path: text(''), read_only: flag(false) }),
  host_network: named({ cidr: text(''), interface: text(''), reserved_ports: text('') }),
  drain_on_shutdown: block({
    deadline: span(hour, { explicit: true }),
    force: flag(false),
    ignore_system_jobs: flag(false),
  }),
  users: block({ dynamic_user_min: integer(80_000), dynamic_user_max: integer(89_999) }),
  fingerprint: named({
    enabled: flag(true),
    retry_interval: span(0),
    retry_attempts: integer(0),
    exit_on_failure: flag(false),
  }),
  default_ineligible: flag(false),
  log_file: text(''),
  /** Silently ignored by the original, too. */
  stats: block({ data_points: integer(0), collection_interval: span(0) }, { lenient: true }),
  encrypt: secret(),
  /** Not Nomad's: see the notice. */
  auto_encrypt: block(
    { tls: flag(false) },
    {
      notice:
        'Nomad has no auto_encrypt (it is an option of Consul). It is kept and means that this client gets its certificate from the servers.',
    },
  ),
} satisfies Shape;
