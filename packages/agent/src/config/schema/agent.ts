// SPDX-License-Identifier: MPL-2.0
// The whole file: top-level keys and blocks. The one table that reading, merging, compiling and the types follow.

import { client } from './client.ts';
import {
  between,
  block,
  type Compiled,
  flag,
  integer,
  named,
  opaque,
  type Shape,
  secret,
  span,
  text,
  textMap,
  texts,
} from './field.ts';
import { autopilot, consul, limits, rpc, telemetry, ui, vault } from './integration.ts';
import { acl, audit, keyring, reporting, sentinel, tls } from './security.ts';
import { server } from './server.ts';

const port = between(0, 65_535);

const logging = {
  log_level: text('INFO'),
  log_json: flag(false),
  log_file: text(''),
  log_include_location: flag(false),
  log_rotate_bytes: integer(0),
  log_rotate_duration: span(24 * 3_600_000),
  /** 0: all are kept */
  log_rotate_max_files: integer(0),
  enable_syslog: flag(false),
  syslog_facility: text('LOCAL0'),
  eventlog: block({ enabled: flag(false), level: text('info') }),
} satisfies Shape;

const perAddress = { http: text(''), rpc: text(''), serf: text('') } satisfies Shape;

export const agentShape = {
  region: text('global'),
  datacenter: text('dc1'),
  /** '' : the host's name */
  name: text(''),
  data_dir: text(''),
  plugin_dir: text(''),
  bind_addr: text('0.0.0.0'),
  ...logging,
  enable_debug: flag(false),
  leave_on_interrupt: flag(false),
  leave_on_terminate: flag(false),
  disable_update_check: flag(false, { explicit: true }),
  disable_anonymous_signature: flag(false),
  http_api_response_headers: textMap(),
  ports: block({
    http: integer(4646, { check: port }),
    rpc: integer(4647, { check: port }),
    serf: integer(4648, { check: port }),
  }),
  addresses: block(perAddress),
  advertise: block(perAddress),
  server: block(server),
  client: block(client),
  acl: block(acl),
  tls: block(tls),
  telemetry: block(telemetry),
  consul: block(consul, { labelled: true }),
  vault: block(vault, { lenient: true, labelled: true }),
  ui: block(ui, { lenient: true }),
  autopilot: block(autopilot),
  limits: block(limits, { lenient: true }),
  audit: block(audit),
  sentinel: block(sentinel, { lenient: true }),
  plugin: named({ args: texts([], 'replace'), config: opaque() }),
  keyring: named(keyring),
  /** Further clusters, by name. */
  consul_clusters: named(consul, { hidden: true }),
  vault_clusters: named(vault, { hidden: true }),
  reporting: block(reporting),
  rpc: block(rpc),
  /** Written at the top by mistake for server.encrypt. */
  encrypt: secret(),
} satisfies Shape;

export type AgentSettings = Compiled<typeof agentShape>;
