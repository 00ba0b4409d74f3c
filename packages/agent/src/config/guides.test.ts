// SPDX-License-Identifier: MPL-2.0
// Every piece of agent configuration of the guides loads; what is unusual in it is named.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { NetworkInfo } from './address/network.ts';
import { type CompileResult, checkConfig } from './compile/compile.ts';
import { loadConfig } from './load/load.ts';

const folder = fileURLToPath(new URL('../../test/fixtures/guides/', import.meta.url));

const network: NetworkInfo = {
  hostName: 'host-1',
  defaultInterface: 'eth0',
  addresses: [{ name: 'eth0', address: '10.0.0.5', family: 'IPv4', prefix: 24, loopback: false }],
};

/** Most pieces have no mode and no data directory; the flags add them. */
function load(
  file: string,
  flags: Record<string, string | boolean> = { server: true, 'data-dir': '/data' },
): CompileResult {
  return checkConfig(loadConfig({ paths: [folder + file], flags }), { network });
}

const warnings: Readonly<Record<string, readonly RegExp[]>> = {
  '000-acl.hcl': [/no acl\.default_policy/, /no acl\.enable_token_persistence/],
  '000-encrypt.hcl': [/encrypt belongs into the server block: server \{ encrypt = "…" \}/],
  '001-acl.hcl': [/"30d" is taken as "720h"\. Write token_ttl = "720h"/, /Write policy_ttl = "720h"/],
  '001-auto-encrypt-server.hcl': [/Nomad has no auto_encrypt/],
  '001-auto-encrypt-client.hcl': [/Nomad has no auto_encrypt/],
  '001-gossip-client.hcl': [/Clients take no part in gossip; encrypt belongs into the server block/],
  '001-drivers.hcl': [
    /The argument "options" was already set/,
    /"driver\.whitelist" is now called "driver\.allowlist"/,
    /"driver\.blacklist" is now called "driver\.denylist"/,
  ],
  '001-audit.hcl': [/sink "file" \{ type = "file"/, /sink "syslog" \{ type = "syslog"/],
  '001-telemetry.hcl': [/Nomad has no telemetry\.enable_hostname_label/],
  '002-server.hcl': [/Bootstrap mode enabled/],
  '002-gossip.hcl': [/Bootstrap mode enabled/],
  '002-tls-files.hcl': [/TLS is off/],
  '002-tls-verify.hcl': [/verify_https_client has no effect/],
};

/** What is wrong with a piece and can't be guessed: a placeholder instead of a key. */
const mistakes: Readonly<Record<string, RegExp>> = {
  '000-encrypt.hcl': /^Invalid encryption key: it must be base64/,
};

const files = readdirSync(folder).filter((name) => name.endsWith('.hcl'));

test('there are pieces of four guides', () => {
  assert.deepEqual([...new Set(files.map((name) => name.slice(0, 3)))], ['000', '001', '002', '003']);
  assert.equal(files.length, 26);
});

for (const file of files) {
  test(`${file} loads`, () => {
    const result = load(file);
    const errors = result.errors.map((each) => each.detail);
    const mistake = mistakes[file];
    if (mistake) assert.match(errors.join(), mistake);
    else assert.deepEqual(errors, []);
    const found = result.warnings.map((each) => each.detail);
    const expected = warnings[file] ?? [];
    for (const pattern of expected)
      assert.ok(
        found.some((each) => pattern.test(each)),
        `${pattern} in ${found.join('\n')}`,
      );
    assert.equal(found.length, expected.length, found.join('\n'));
  });
}

test('what the authors plainly meant is what they get', () => {
  assert.equal(load('001-acl.hcl').config?.acl.tokenTtlMs, 720 * 3_600_000);
  assert.equal(load('001-auto-encrypt-server.hcl').config?.server.autoEncrypt.allowRegistration, true);
  assert.equal(load('001-auto-encrypt-client.hcl').config?.client.autoEncrypt.tls, true);
  assert.equal(load('001-telemetry.hcl').config?.telemetry.enableHostnameLabel, true);
  assert.equal(load('002-gossip.hcl').config?.gossipKey?.reveal(), 'cg8StVXbQJ0gPvMd9o7yrg==');
  assert.equal(load('002-client.hcl', {}).config?.ports.http, 5656);
  assert.deepEqual(load('002-client.hcl', {}).config?.client.servers, ['127.0.0.1:4647']);
  assert.deepEqual(load('001-drivers.hcl').config?.client.options, {
    'driver.allowlist': 'docker,exec',
    'driver.denylist': 'java,exec',
  });
  assert.deepEqual(load('001-host-volumes.hcl').config?.client.hostVolume, {
    logs: { path: '/var/log/nomad', readOnly: true },
    data: { path: '/var/nomad/data', readOnly: false },
  });
  assert.deepEqual(load('001-node-class.hcl').config?.client.meta, {
    environment: 'production',
    trust_zone: 'high',
  });
  const { audit, vault } = { ...load('001-audit.hcl').config, vault: load('001-vault.hcl').config?.vault };
  assert.equal(audit?.enabled, true);
  assert.deepEqual(
    Object.values(audit?.sink ?? {}).map((sink) => [sink.type, sink.path, sink.facility]),
    [
      ['file', '/var/log/nomad/audit.log', 'LOCAL0'],
      ['syslog', '', 'LOCAL0'],
    ],
  );
  assert.equal(vault?.tlsServerName, 'vault.example.com');
});

test('a key at the top is the key of gossip, also for a client that is a server, too', () => {
  const flags = { server: true, client: true, 'data-dir': '/data' };
  assert.equal(load('001-gossip-client.hcl', flags).config?.gossipKey?.reveal(), 'pVejSYRVGQzFBvXzR8+3jQ==');
  assert.equal(load('001-gossip-client.hcl', { 'data-dir': '/data' }).config?.gossipKey, null);
});

test('all pieces of one guide together make one agent', () => {
  const paths = files
    .filter((name) => name.startsWith('001') && !name.includes('tls-client'))
    .map((name) => folder + name);
  const result = checkConfig(loadConfig({ paths, flags: { 'data-dir': '/data' } }), { network });
  assert.deepEqual(
    result.errors.map((each) => each.detail),
    [],
  );
  assert.equal(result.config?.server.enabled && result.config.client.enabled && result.config.tls.http, true);
});

test('no message shows a key', () => {
  for (const file of ['001-gossip-client.hcl', '002-gossip.hcl', '000-encrypt.hcl']) {
    const { errors, warnings: found } = load(file);
    for (const each of [...errors, ...found]) {
      const line = each.subject?.source.line(each.subject.startPosition.line) ?? '';
      assert.doesNotMatch(`${each.detail} ${line}`, /pVejSYRV|cg8StVX|32-byte/);
    }
  }
});
