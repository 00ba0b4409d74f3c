// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AppError } from '#base';
import { formatHeadline } from '#hcl';
import type { NetworkInfo } from '../address/network.ts';
import type { AgentFlags } from '../load/flags.ts';
import { loadConfig } from '../load/load.ts';
import { agentShape } from '../schema/agent.ts';
import type { Shape } from '../schema/field.ts';
import { parseSize } from '../schema/size.ts';
import { type CompileResult, checkConfig, compileConfig } from './compile.ts';
import { parsePorts } from './port-ranges.ts';

const network: NetworkInfo = {
  hostName: 'host-1',
  defaultInterface: 'eth0',
  addresses: [
    { name: 'lo', address: '127.0.0.1', family: 'IPv4', prefix: 8, loopback: true },
    { name: 'eth0', address: '10.0.0.5', family: 'IPv4', prefix: 24, loopback: false },
    { name: 'eth1', address: '203.0.114.9', family: 'IPv4', prefix: 24, loopback: false },
    { name: 'eth1', address: '2001:db9::9', family: 'IPv6', prefix: 64, loopback: false },
  ],
};

const base = { server: true, client: true, 'data-dir': '/data' };

function compile(text: string, flags: AgentFlags = base, info = network): CompileResult {
  const files = { kind: () => 'file' as const, list: () => [], read: () => Buffer.from(text) };
  return checkConfig(loadConfig({ paths: ['a.hcl'], flags }, files), { network: info });
}

function errors(text: string, flags: AgentFlags = base): string {
  return compile(text, flags).errors.map(formatHeadline).join('\n');
}

function good(text: string, flags: AgentFlags = base, info = network): NonNullable<CompileResult['config']> {
  const { config, errors: found } = compile(text, flags, info);
  assert.deepEqual(found.map(formatHeadline), []);
  assert.ok(config);
  return config;
}

test('defaults are those of the reference', () => {
  const config = good('');
  assert.equal(config.region, 'global');
  assert.equal(config.datacenter, 'dc1');
  assert.equal(config.name, 'host-1');
  assert.equal(config.logLevel, 'INFO');
  assert.deepEqual(config.ports, { http: 4646, rpc: 4647, serf: 4648 });
  assert.equal(config.logRotateDurationMs, 86_400_000);
  const { server, client, acl, telemetry, consul, vault, autopilot, limits, ui, tls } = config;
  assert.equal(server.heartbeatGraceMs, 10_000);
  assert.equal(server.nodeGcThresholdMs, 86_400_000);
  assert.equal(server.jobGcThresholdMs, 14_400_000);
  assert.equal(server.rootKeyRotationThresholdMs, 720 * 3_600_000);
  assert.equal(server.maxHeartbeatsPerSecond, 50);
  assert.equal(server.jobMaxSourceSizeBytes, 1_048_576);
  assert.equal(server.enableEventBroker, true);
  assert.deepEqual(server.search, {
    fuzzyEnabled: true,
    limitQuery: 20,
    limitResults: 100,
    minTermLength: 2,
  });
  assert.deepEqual(server.defaultSchedulerConfig.preemptionConfig, {
    systemSchedulerEnabled: true,
    sysbatchSchedulerEnabled: false,
    batchSchedulerEnabled: false,
    serviceSchedulerEnabled: false,
  });
  assert.equal(client.maxKillTimeoutMs, 30_000);
  assert.deepEqual([client.minDynamicPort, client.maxDynamicPort], [20_000, 32_000]);
  assert.equal(client.gcMaxAllocs, 50);
  assert.deepEqual(client.template.functionDenylist, ['plugin', 'writeToFile']);
  assert.deepEqual(client.template.wait, { minMs: 5000, maxMs: 240_000 });
  assert.equal(client.artifact.httpReadTimeoutMs, 1_800_000);
  assert.equal(client.artifact.decompressionFileCountLimit, 4096);
  assert.equal(
    client.noHostUuid && client.nomadServiceDiscovery && client.bindWildcardDefaultHostNetwork,
    true,
  );
  assert.equal(acl.tokenMaxExpirationTtlMs, 86_400_000);
  assert.equal(telemetry.collectionIntervalMs, 1000);
  assert.equal(telemetry.filterDefault, true);
  assert.equal(consul.serverServiceName, 'nomad');
  assert.equal(vault.taskTokenTtlMs, 72 * 3_600_000);
  assert.equal(autopilot.lastContactThresholdMs, 200);
  assert.deepEqual(limits, {
    httpsHandshakeTimeoutMs: 5000,
    rpcHandshakeTimeoutMs: 5000,
    httpMaxConnsPerClient: 100,
    rpcMaxConnsPerClient: 100,
  });
  assert.deepEqual(ui.contentSecurityPolicy.styleSrc, ["'self'", "'unsafe-inline'"]);
  assert.equal(tls.tlsMinVersion, 'tls12');
});

test('addresses: bind, several for HTTP, what others are told', () => {
  const config = good(
    'bind_addr = "0.0.0.0"\naddresses {\n http = "127.0.0.1 {{ GetInterfaceIP \\"eth0\\" }}"\n serf = "{{ GetPrivateIP }}"\n}\nports {\n rpc = 5000\n}\n',
  );
  assert.deepEqual(config.bind, { http: ['127.0.0.1', '10.0.0.5'], rpc: '0.0.0.0', serf: '10.0.0.5' });
  assert.equal(config.advertised.rpc, '10.0.0.5:5000');
  assert.equal(config.advertised.serf, '10.0.0.5:4648');
});

test('advertise takes host, host and port, IPv6 and templates', () => {
  const config = good(
    'advertise {\n http = "1.2.3.4"\n rpc = "example.com:99"\n serf = "{{ GetPublicIP }}:77"\n}\n',
  );
  assert.deepEqual(config.advertised, {
    http: '1.2.3.4:4646',
    rpc: 'example.com:99',
    serf: '203.0.114.9:77',
  });
  assert.equal(
    good('advertise {\n rpc = "fd00::5"\n http = "[fd00::5]:1"\n}\n').advertised.rpc,
    '[fd00::5]:4647',
  );
});

test('addresses that nobody can reach are refused', () => {
  assert.match(
    errors('bind_addr = "127.0.0.1"\n'),
    /a\.hcl:1,1-24: .*Defaulting advertise to localhost is unsafe, please set advertise manually/,
  );
  assert.match(errors('advertise {\n rpc = "0.0.0.0"\n}\n'), /a\.hcl:2,2-17: .*is not advertisable/);
  assert.match(errors('advertise {\n rpc = "a:b:c:99999"\n}\n'), /is no address: write host or host:port/);
  assert.match(errors('bind_addr = "{{ GetInterfaceIP \\"nope\\" }}"\n'), /found no address on this machine/);
  assert.match(
    errors('bind_addr = "{{ GetFoo }}"\n'),
    /bind_addr: address template function "GetFoo" is not known/,
  );
  assert.match(errors('addresses {\n rpc = "1.1.1.1 2.2.2.2"\n}\n'), /resolves to multiple addresses/);
  const lonely = { ...network, addresses: network.addresses.slice(0, 1) };
  assert.match(
    compile('', base, lonely)
      .errors.map((each) => each.detail)
      .join(),
    /no address of this machine could be found/,
  );
});

test('an explicit loopback address is fine', () => {
  const config = good(
    'bind_addr = "127.0.0.1"\nadvertise {\n http = "127.0.0.1"\n rpc = "127.0.0.1"\n serf = "127.0.0.1"\n}\n',
  );
  assert.equal(config.advertised.http, '127.0.0.1:4646');
});

test('a client alone does not gossip', () => {
  assert.equal(good('', { client: true, 'data-dir': '/d' }).advertised.serf, '');
});

const refused: Readonly<Record<string, readonly [string, AgentFlags, RegExp]>> = {
  'no mode': ['', {}, /Must specify either server, client or dev mode for the agent\./],
  'a region with a null character': ['region = "a\\u0000"\n', base, /Region contains invalid characters/],
  'a datacenter with a star': [
    'datacenter = "dc*"\n',
    base,
    /a\.hcl:1,1-19: .*Datacenter contains invalid characters \(null or '\*'\)/,
  ],
  'an unknown log level': [
    'log_level = "LOUD"\n',
    base,
    /Invalid log level: LOUD\. Valid log levels are: TRACE/,
  ],
  'a relative data directory': [
    'data_dir = "x"\n',
    { server: true },
    /data-dir must be given as an absolute path: got x/,
  ],
  'a relative plugin directory': ['plugin_dir = "x"\n', base, /plugin-dir must be given as an absolute path/],
  'a relative alloc directory': [
    'client {\n alloc_dir = "x"\n}\n',
    base,
    /alloc-dir must be given as an absolute path/,
  ],
  'a server without data directory': [
    '',
    { server: true },
    /Must specify "data_dir" config option or "data-dir" CLI flag/,
  ],
  'a client without directories': [
    '',
    { client: true },
    /Must specify the state, alloc dir, and plugin dir if data-dir is omitted/,
  ],
  'bootstrap without a server': [
    '',
    { client: true, 'data-dir': '/d', 'bootstrap-expect': '1' },
    /the option -bootstrap-expect:1,1-2: .*Bootstrap requires server mode/,
  ],
  'a key that is no base64': [
    'server {\n encrypt = "???"\n}\n',
    base,
    /a\.hcl:2,2-17: .*Invalid encryption key/,
  ],
  'a key of a wrong length': [
    'server {\n encrypt = "AAAA"\n}\n',
    base,
    /key size must be 16, 24 or 32 bytes, this one has 3/,
  ],
  'an unknown scheduler': [
    'server {\n enabled_schedulers = ["service", "magic"]\n}\n',
    base,
    /unknown scheduler "magic"/,
  ],
  'a default priority above the highest': [
    'server {\n job_default_priority = 101\n}\n',
    base,
    /must be between 50 and job_max_priority \(100\)/,
  ],
  'a highest priority out of range': [
    'server {\n job_max_priority = 99\n}\n',
    base,
    /job_max_priority must be between 100 and 32766/,
  ],
  'another raft protocol': ['server {\n raft_protocol = 2\n}\n', base, /raft_protocol must be 3/],
  'a collection interval of zero': [
    'server {\n job_gc_interval = "0s"\n}\n',
    base,
    /job_gc_interval must be greater than zero/,
  ],
  'a limit that is too low': [
    'limits {\n rpc_max_conns_per_client = 20\n}\n',
    base,
    /must be 0 \(off\) or greater than 25/,
  ],
  'a bad metadata key': ['client {\n meta = {\n "a b" = "c"\n }\n}\n', base, /Invalid Client\.Meta key: a b/],
  'the pool of all nodes': ['client {\n node_pool = "all"\n}\n', base, /Invalid node pool: "all"/],
  'a volume without path': [
    'client {\n host_volume "v" {\n  read_only = true\n }\n}\n',
    base,
    /a\.hcl:3,3-19: .*Missing path in host_volume config: host_volume "v"/,
  ],
  'ports the wrong way round': [
    'client {\n min_dynamic_port = 30000\n max_dynamic_port = 20000\n}\n',
    base,
    /Invalid dynamic port range: min_dynamic_port=30000 and max_dynamic_port=20000/,
  ],
  'reserved ports that are none': [
    'client {\n reserved {\n  reserved_ports = "80,x"\n }\n}\n',
    base,
    /reserved\.reserved_ports "80,x" invalid: "x" is no port/,
  ],
  'reserved ports of a host network': [
    'client {\n host_network "n" {\n  reserved_ports = "9-8"\n }\n}\n',
    base,
    /host_network\["n"\]\.reserved_ports "9-8" invalid: invalid range/,
  ],
  'a timeout of zero for downloads': [
    'client {\n artifact {\n  git_timeout = "0s"\n }\n}\n',
    base,
    /client\.artifact block invalid: must be > 0/,
  ],
  'a wait that ends before it begins': [
    'client {\n template {\n  wait {\n   min = "9s"\n   max = "1s"\n  }\n }\n}\n',
    base,
    /min must be less than or equal to max/,
  ],
  'old and new keys to join': [
    'server {\n retry_join = ["a"]\n server_join {\n  retry_join = ["b"]\n }\n}\n',
    base,
    /cannot both be defined; prefer setting the server_join block/,
  ],
  'two ways to join': [
    'server {\n server_join {\n  retry_join = ["b"]\n  start_join = ["a"]\n }\n}\n',
    base,
    /retry_join and start_join cannot both be defined/,
  ],
  'start_join for a client': [
    'client {\n server_join {\n  start_join = ["a"]\n }\n}\n',
    base,
    /start_join is not supported for Nomad clients/,
  ],
  'an unknown cipher': [
    'tls {\n tls_cipher_suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,RC4"\n}\n',
    base,
    /unsupported TLS cipher "RC4"/,
  ],
  'an unknown TLS version': ['tls {\n tls_min_version = "ssl3"\n}\n', base, /must be one of tls10/],
  'a certificate without key': [
    'tls {\n http = true\n cert_file = "c"\n}\n',
    base,
    /tls\.key_file is missing/,
  ],
  'a filter without sign': [
    'telemetry {\n prefix_filter = ["nomad"]\n}\n',
    base,
    /Filter rule must begin with either '\+' or '-'/,
  ],
  'advertising without a name': [
    'consul {\n server_service_name = ""\n}\n',
    base,
    /server_service_name must be set when auto_advertise is enabled/,
  ],
  'ACLs that allow by default': [
    'acl {\n enabled = true\n default_policy = "allow"\n}\n',
    base,
    /default_policy must be "deny"/,
  ],
  'a file mode that is none': ['audit {\n sink "s" {\n  mode = "rw"\n }\n}\n', base, /octal file mode/],
};

for (const [name, [text, flags, pattern]] of Object.entries(refused)) {
  test(`refused: ${name}`, () => assert.match(errors(text, flags), pattern));
}

test('all mistakes are shown at once, from top to bottom', () => {
  const raw = loadConfig(
    { paths: ['f'], flags: base },
    {
      kind: () => 'file',
      list: () => [],
      read: () => Buffer.from('datacenter = "*"\nserver {\n raft_protocol = 1\n}\nlog_level = "x"\n'),
    },
  );
  assert.throws(
    () => compileConfig(raw, { network }),
    (error) =>
      error instanceof AppError &&
      error.code === 'invalid' &&
      /Datacenter[\s\S]*raft_protocol[\s\S]*log level/.test(error.message),
  );
});

test('warnings do not stop anything', () => {
  const text =
    'enable_debug = true\nserver {\n bootstrap_expect = 2\n protocol_version = 1\n}\nclient {\n template {\n  function_blacklist = ["x"]\n }\n}\n';
  const { warnings, config } = compile(text);
  assert.equal(warnings.length, 4);
  assert.deepEqual(config?.client.template.functionDenylist, ['x']);
});

test('old keys to join still work', () => {
  const { join } = good(
    'server {\n retry_join = ["a"]\n retry_interval = "7s"\n}\nclient {\n server_join {\n  retry_join = ["b"]\n  retry_max = 3\n }\n}\n',
  );
  assert.deepEqual(join.server, { startJoin: [], retryJoin: ['a'], retryMax: 0, retryIntervalMs: 7000 });
  assert.deepEqual(join.client, { startJoin: [], retryJoin: ['b'], retryMax: 3, retryIntervalMs: 30_000 });
});

test('lists of ports', () => {
  assert.deepEqual(parsePorts('22, 80,90-92,80'), [22, 80, 90, 91, 92]);
  assert.deepEqual(parsePorts(''), []);
  assert.equal(typeof parsePorts('0'), 'string');
  assert.equal(typeof parsePorts('65536'), 'string');
  assert.equal(typeof parsePorts('1-'), 'string');
});

test('sizes', () => {
  assert.equal(parseSize('1M'), 1_048_576);
  assert.equal(parseSize('1MB'), 1_000_000);
  assert.equal(parseSize('1.5 KiB'), 1536);
  assert.equal(parseSize('100GB'), 100_000_000_000);
  assert.equal(parseSize('7'), 7);
  assert.equal(parseSize('1XB'), undefined);
  assert.equal(parseSize('-1'), undefined);
});

/** A sample value for every key, written as HCL. */
function sample(shape: Shape, depth = 0): string {
  const pad = '  '.repeat(depth);
  return Object.entries(shape)
    .map(([key, field]) => {
      if (field.kind === 'block') return `${pad}${key} {\n${sample(field.shape, depth + 1)}${pad}}\n`;
      if (field.kind === 'named')
        return field.hidden ? '' : `${pad}${key} "n" {\n${sample(field.shape, depth + 1)}${pad}}\n`;
      if (field.kind === 'opaque') return `${pad}${key} {\n${pad}  any = 1\n${pad}}\n`;
      if (field.asBlock) return `${pad}${key} {\n${pad}  a = "b"\n${pad}}\n`;
      const initial: unknown = field.default;
      if (Array.isArray(initial)) return `${pad}${key} = ["v"]\n`;
      if (field.suffix === 'Ms') return `${pad}${key} = "45s"\n`;
      if (typeof initial === 'boolean') return `${pad}${key} = true\n`;
      if (typeof initial === 'number') return `${pad}${key} = 3\n`;
      return `${pad}${key} = "text"\n`;
    })
    .join('');
}

test('every key of the tables can be written and read', () => {
  const text = sample(agentShape);
  const files = { kind: () => 'file' as const, list: () => [], read: () => Buffer.from(text) };
  const raw = loadConfig({ paths: ['all.hcl'] }, files);
  assert.deepEqual(raw.diagnostics.errors.map(formatHeadline), []);
  assert.equal(
    raw.root.find('server.default_scheduler_config.preemption_config.batch_scheduler_enabled')?.value,
    true,
  );
  assert.equal(raw.root.find('client.template.consul_retry.backoff')?.value, 45_000);
});

test('the examples are valid', () => {
  const folder = fileURLToPath(new URL('../../../../../examples/agent/', import.meta.url));
  const names = readdirSync(folder);
  assert.ok(names.length >= 4);
  for (const name of names) {
    const flags = name.startsWith('dev') ? { dev: true } : {};
    const result = checkConfig(loadConfig({ paths: [folder + name], flags }), { network });
    assert.deepEqual(result.errors.map(formatHeadline), [], name);
  }
});
