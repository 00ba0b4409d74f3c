// SPDX-License-Identifier: MPL-2.0
// The configuration as /v1/agent/self shows it: Go's names, secrets redacted.

import { formatDuration, millisecond } from '@serai/api';
import { Secret } from '#base';
import type { CompiledConfig } from '#config';

type Shown = Readonly<Record<string, unknown>>;

/** Names that do not follow from ours by capitals. */
const goNames: Readonly<Record<string, string>> = {
  name: 'NodeName',
  acl: 'ACL',
  tls: 'TLSConfig',
  ui: 'UI',
  advertise: 'AdvertiseAddrs',
  rpc: 'RPC',
  http: 'HTTP',
  plugin: 'Plugins',
  logRotateBytes: 'LogRotateBytes',
  httpApiResponseHeaders: 'HTTPAPIResponseHeaders',
};

const left: ReadonlySet<string> = new Set([
  'bind',
  'advertised',
  'join',
  'gossipKey',
  'reservedPorts',
  'devConnect',
]);

export function shownConfig(config: CompiledConfig, version: { serai: string; nomad: string }): Shown {
  const entries = Object.entries(config).filter(([key]) => !left.has(key));
  const shown = Object.fromEntries(entries.map(([key, value]) => shownEntry(key, value)));
  return {
    ...shown,
    DevMode: config.dev,
    Version: {
      Revision: '',
      Version: version.nomad,
      VersionPrerelease: '',
      VersionMetadata: `serai.${version.serai}`,
    },
  };
}

/** Durations, `…Ms` of ours, are shown as Go prints them. */
function shownEntry(key: string, value: unknown): [string, unknown] {
  if (key.endsWith('Ms') && typeof value === 'number') {
    return [goName(key.slice(0, -2)), formatDuration(value * millisecond)];
  }
  if (key.endsWith('Bytes') && !(key in goNames) && typeof value === 'number')
    return [goName(key.slice(0, -5)), value];
  return [goName(key), shownValue(value)];
}

function goName(key: string): string {
  const known = goNames[key];
  if (known !== undefined) return known;
  return (key.charAt(0).toUpperCase() + key.slice(1))
    .replace(/(Tls|Rpc|Http|Gc|Id|Cpu|Url|Ttl|Ui|Acl|Cni)(?=[A-Z]|$)/g, (word) => word.toUpperCase())
    .replace(/Dir$/, 'Dir');
}

function shownValue(value: unknown): unknown {
  if (value instanceof Secret) return '<redacted>';
  if (Array.isArray(value)) return value.map(shownValue);
  if (value instanceof Map)
    return Object.fromEntries(Array.from(value, ([k, v]) => [String(k), shownValue(v)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => shownEntry(key, each)));
}
