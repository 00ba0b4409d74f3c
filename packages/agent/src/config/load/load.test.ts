// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '#base';
import { formatHeadline } from '#hcl';
import type { NetworkInfo } from '../address/network.ts';
import { type CompiledConfig, type CompileResult, checkConfig } from '../compile/compile.ts';
import type { Environment } from './environment.ts';
import { type ConfigFiles, configFilesOf } from './files.ts';
import { type AgentFlags, configFlags } from './flags.ts';
import { loadConfig } from './load.ts';

const network: NetworkInfo = {
  hostName: 'host-1',
  defaultInterface: 'eth0',
  addresses: [
    { name: 'lo', address: '127.0.0.1', family: 'IPv4', prefix: 8, loopback: true },
    { name: 'eth0', address: '10.0.0.5', family: 'IPv4', prefix: 24, loopback: false },
  ],
};

/** Files in memory: contents by path; a path that others begin with is a directory. */
function memoryFiles(contents: Readonly<Record<string, string>>): ConfigFiles {
  const paths = Object.keys(contents);
  return {
    kind: (path) =>
      path in contents ? 'file' : paths.some((each) => each.startsWith(`${path}/`)) ? 'directory' : 'none',
    list: (path) => [
      ...new Set(
        paths
          .filter((each) => each.startsWith(`${path}/`))
          .map((each) => each.slice(path.length + 1).split('/')[0] ?? ''),
      ),
    ],
    read: (path) => Buffer.from(contents[path] ?? ''),
  };
}

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly paths?: readonly string[];
  readonly flags?: AgentFlags;
  readonly environment?: Environment;
}

function check(given: Given): CompileResult {
  const files = given.files ?? {};
  const options = {
    paths: given.paths ?? Object.keys(files),
    flags: given.flags ?? {},
    environment: given.environment ?? {},
  };
  return checkConfig(loadConfig(options, memoryFiles(files)), { network });
}

/** The configuration of files on top of a server with a data directory. */
function good(given: Given): CompiledConfig {
  const result = check({ ...given, flags: { server: true, 'data-dir': '/data', ...given.flags } });
  assert.deepEqual(result.errors.map(formatHeadline), []);
  assert.ok(result.config);
  return result.config;
}

function errors(given: Given): string[] {
  return check(given).errors.map(formatHeadline);
}

test('later files win, key by key', () => {
  const config = good({
    files: {
      'a.hcl':
        'region = "a"\ndatacenter = "x"\nports {\n  http = 1\n  rpc = 2\n}\nclient {\n  gc_interval = "5m"\n}\n',
      'b.hcl': 'region = "b"\nports {\n  rpc = 3\n}\n',
    },
  });
  assert.equal(config.region, 'b');
  assert.equal(config.datacenter, 'x');
  assert.deepEqual(config.ports, { http: 1, rpc: 3, serf: 4648 });
  assert.equal(config.client.gcIntervalMs, 300_000);
});

test('lists are appended or replaced, maps and named blocks merged', () => {
  const config = good({
    files: {
      'a.hcl':
        'client {\n servers = ["a"]\n meta {\n  x = "1"\n  y = "1"\n }\n host_volume "v" {\n  path = "/v"\n }\n}\ntelemetry {\n prefix_filter = ["+a"]\n}\nplugin "raw_exec" {\n config {\n  enabled = true\n  a = 1\n }\n}\n',
      'b.hcl':
        'client {\n servers = ["b"]\n meta = {\n  y = "2"\n }\n host_volume "v" {\n  read_only = true\n }\n host_volume "w" {\n  path = "/w"\n }\n}\ntelemetry {\n prefix_filter = ["-b"]\n}\nplugin "raw_exec" {\n config {\n  a = 2\n }\n}\n',
    },
  });
  assert.deepEqual(config.client.servers, ['a', 'b']);
  assert.deepEqual(config.client.meta, { x: '1', y: '2' });
  assert.deepEqual(config.client.hostVolume, {
    v: { path: '/v', readOnly: true },
    w: { path: '/w', readOnly: false },
  });
  assert.deepEqual(config.telemetry.prefixFilter, ['-b']);
  assert.deepEqual({ ...config.plugin['raw_exec']?.config }, { enabled: true, a: 2 });
});

test('bools that are no pointers can only be turned on, and that is said', () => {
  const files = { 'a.hcl': 'leave_on_terminate = true\n', 'b.hcl': 'leave_on_terminate = false\n' };
  const result = check({ files, flags: { server: true, 'data-dir': '/d' } });
  assert.equal(result.config?.leaveOnTerminate, true);
  assert.match(
    result.warnings.map(formatHeadline).join(),
    /b\.hcl:1,1-27: Value not overridden; leave_on_terminate = false does not turn off what was turned on at a\.hcl:1,1-26/,
  );
});

test('bools that are pointers can be turned off', () => {
  const files = {
    'a.hcl': 'vault {\n enabled = true\n}\nui {\n enabled = true\n}\n',
    'b.hcl': 'vault {\n enabled = false\n}\nui {\n enabled = false\n}\n',
  };
  const config = good({ files });
  assert.equal(config.vault.enabled, false);
  assert.equal(config.ui.enabled, false);
});

test('an empty value does not override', () => {
  const config = good({
    files: {
      'a.hcl': 'region = "a"\nclient {\n gc_max_allocs = 5\n}\n',
      'b.hcl': 'region = ""\nclient {\n gc_max_allocs = 0\n}\n',
    },
  });
  assert.equal(config.region, 'a');
  assert.equal(config.client.gcMaxAllocs, 5);
});

test('zero counts where the original tells it from nothing', () => {
  const config = good({
    files: {
      'a.hcl':
        'limits {\n http_max_conns_per_client = 0\n rpc_handshake_timeout = "0s"\n}\nserver {\n event_buffer_size = 0\n job_max_source_size = "0"\n}\n',
    },
  });
  assert.equal(config.limits.httpMaxConnsPerClient, 0);
  assert.equal(config.limits.rpcHandshakeTimeoutMs, 0);
  assert.equal(config.server.eventBufferSize, 0);
  assert.equal(config.server.jobMaxSourceSizeBytes, 0);
});

test('a directory gives its .hcl and .json files in lexical order', () => {
  const files = {
    'd/20.hcl': 'region = "twenty"\n',
    'd/10.json': '{"region": "ten", "datacenter": "ten"}',
    'd/note.txt': 'not read',
    'd/.#30.hcl': 'not read',
    'd/#30.hcl#': 'not read',
    'd/30.hcl~': 'not read',
    'd/sub/40.hcl': 'not read',
  };
  const config = good({ files, paths: ['d'] });
  assert.equal(config.region, 'twenty');
  assert.equal(config.datacenter, 'ten');
  assert.deepEqual(config.files, ['d/10.json', 'd/20.hcl']);
});

test('an empty directory is a warning, a missing path an error', () => {
  const { warnings } = check({
    files: { 'd/x.txt': '' },
    paths: ['d'],
    flags: { server: true, 'data-dir': '/d' },
  });
  assert.match(warnings.map((each) => each.detail).join(), /No configuration loaded from d\./);
  assert.throws(
    () => check({ paths: ['nowhere'] }),
    (error) => error instanceof AppError && /"nowhere" does not exist/.test(error.message),
  );
});

test('JSON is found by content, whatever the file is called', () => {
  const native = good({
    files: {
      'x.hcl':
        'region = "r"\nserver {\n enabled = true\n server_join {\n  retry_join = ["a"]\n }\n}\nclient {\n host_volume "v" {\n  path = "/v"\n }\n meta {\n  a = "b"\n }\n}\nplugin "p" {\n config {\n  k = [1]\n }\n}\n',
    },
  });
  const json = good({
    files: {
      'x.hcl':
        '{"region": "r", "server": {"enabled": true, "server_join": {"retry_join": ["a"]}}, "client": [{"host_volume": [{"v": {"path": "/v"}}]}, {"meta": {"a": "b"}}], "plugin": {"p": {"config": {"k": [1]}}}}',
    },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(json)), JSON.parse(JSON.stringify(native)));
});

test('blocks may also be written as objects', () => {
  const config = good({
    files: {
      'a.hcl':
        'tls = { http = true, "rpc" = true }\nports = {\n http = 5\n}\nclient = { host_volume = { v = { path = "/v" } } }\n',
    },
  });
  assert.equal(config.tls.http && config.tls.rpc, true);
  assert.equal(config.ports.http, 5);
  assert.equal(config.client.hostVolume['v']?.path, '/v');
  assert.match(errors({ files: { 'a.hcl': 'tls = true\n' } }).join(), /tls is a block: write tls \{ … \}/);
});

test('repeated blocks in a file add up', () => {
  const config = good({
    files: { 'a.hcl': 'server {\n bootstrap_expect = 3\n}\nserver {\n heartbeat_grace = "1h"\n}\n' },
  });
  assert.equal(config.server.bootstrapExpect, 3);
  assert.equal(config.server.heartbeatGraceMs, 3_600_000);
});

test('unknown keys are errors with place and suggestion', () => {
  assert.deepEqual(
    errors({
      files: {
        'a.hcl':
          'regoin = "a"\nserver {\n  heartbeat_grce = "1h"\n}\nclient {\n  reserved {\n    cpus = 1\n  }\n}\nservr {\n}\n',
      },
      flags: { server: true, 'data-dir': '/d' },
    }),
    [
      'a.hcl:1,1-7: Unsupported argument; An argument named "regoin" is not expected here. Did you mean "region"?',
      'a.hcl:3,3-17: Unsupported argument; An argument named "heartbeat_grce" is not expected here. Did you mean "heartbeat_grace"?',
      'a.hcl:7,5-9: Unsupported argument; An argument named "cpus" is not expected here. Did you mean "cpu"?',
      'a.hcl:10,1-6: Unsupported block type; Blocks of type "servr" are not expected here. Did you mean "server"?',
    ],
  );
  assert.match(
    errors({ files: { 'a.hcl': '{\n "servr": {}}' } }).join(),
    /a\.hcl:2,2-9: Unsupported argument; .* Did you mean "server"/,
  );
});

test('some blocks let unknown keys pass with a warning', () => {
  const files = {
    'a.hcl':
      'vault {\n addres = "x"\n}\nui {\n theme = "x"\n}\nlimits {\n x = 1\n}\nclient {\n stats {\n  whatever = 1\n }\n}\n',
  };
  const { warnings, config } = check({ files, flags: { server: true, 'data-dir': '/d' } });
  assert.ok(config);
  assert.deepEqual(
    warnings.map((each) => /"(\w+)"/.exec(each.detail)?.[1]),
    ['addres', 'theme', 'x', 'whatever'],
  );
});

test('wrong values are errors with their place', () => {
  const text =
    'ports {\n http = "many"\n rpc = 70000\n}\nserver {\n heartbeat_grace = "soon"\n raft_multiplier = 11\n default_scheduler_config {\n  scheduler_algorithm = "best"\n }\n}\nleave_on_terminate = "maybe"\nclient {\n servers = "a"\n artifact {\n  http_max_size = "big"\n }\n}\n';
  const found = errors({ files: { 'a.hcl': text }, flags: { server: true, 'data-dir': '/d' } });
  for (const pattern of [
    /a\.hcl:2,9-15: Incorrect attribute value type; .*"http": a number is required/,
    /a\.hcl:3,2-13: Invalid value; rpc must be between 0 and 65535/,
    /a\.hcl:6,20-26: Invalid duration; heartbeat_grace can't parse time duration "soon"/,
    /a\.hcl:7,2-22: Invalid value; raft_multiplier must be between 1 and 10/,
    /a\.hcl:9,3-31: Invalid value; scheduler_algorithm invalid scheduler algorithm: best/,
    /"leave_on_terminate": a bool is required/,
    /"servers": a list of string is required/,
    /"big" is not a size/,
  ]) {
    assert.ok(
      found.some((each) => pattern.test(each)),
      `${pattern} in\n${found.join('\n')}`,
    );
  }
});

test('syntax errors name file and line', () => {
  assert.match(
    errors({ files: { 'a.hcl': 'server {\n enabled = true\n' } }).join(),
    /a\.hcl:1,8-9: Unclosed configuration block/,
  );
});

test('flags win over files', () => {
  const files = {
    'a.hcl':
      'region = "file"\nname = "file"\nlog_level = "WARN"\nclient {\n node_class = "f"\n meta {\n  a = "file"\n  b = "file"\n }\n}\n',
  };
  const config = good({
    files,
    flags: {
      region: 'flag',
      'log-level': 'ERROR',
      'node-class': 'c',
      meta: ['a=flag', 'c=x=y'],
      servers: 'one, two:4647',
      'bootstrap-expect': '3',
      dc: 'dcf',
      'consul-ssl': 'true',
    },
  });
  assert.equal(config.region, 'flag');
  assert.equal(config.name, 'file');
  assert.equal(config.logLevel, 'ERROR');
  assert.equal(config.client.nodeClass, 'c');
  assert.deepEqual(config.client.meta, { a: 'flag', b: 'file', c: 'x=y' });
  assert.deepEqual(config.client.servers, ['one', 'two:4647']);
  assert.equal(config.server.bootstrapExpect, 3);
  assert.equal(config.datacenter, 'dcf');
  assert.equal(config.consul.ssl, true);
});

test('mistakes in flags name the flag', () => {
  const flags = { server: true, 'data-dir': '/d', 'bootstrap-expect': 'three', meta: ['novalue'] };
  const found = errors({ flags }).join('\n');
  assert.match(found, /the option -bootstrap-expect:1,1-6: Incorrect attribute value type/);
  assert.match(found, /Error parsing Client\.Meta value: novalue/);
  assert.throws(() => errors({ flags: { nonsense: true } }), /the agent has no option -nonsense/);
});

test('every flag leads to a key', () => {
  for (const name of Object.keys(configFlags)) {
    const list = ['join', 'retry-join'].includes(name);
    const number = ['bootstrap-expect', 'network-speed', 'raft-protocol', 'retry-max'].includes(name);
    const value = list ? ['1'] : number ? '3' : name.startsWith('retry-interval') ? '3s' : 'true';
    const raw = loadConfig({ paths: [], flags: { [name]: value } }, memoryFiles({}));
    assert.deepEqual(raw.diagnostics.list.map(formatHeadline), [], name);
  }
});

test('-retry-join is for whichever mode the agent has', () => {
  const client = check({
    flags: { client: true, 'data-dir': '/d', 'retry-join': ['a'], 'retry-max': '2' },
  }).config;
  assert.deepEqual(client?.join.client.retryJoin, ['a']);
  assert.equal(client?.join.client.retryMax, 2);
  const server = good({ flags: { 'retry-join': ['a'], 'retry-interval': '5s' } });
  assert.deepEqual(server.join.server, {
    startJoin: [],
    retryJoin: ['a'],
    retryMax: 0,
    retryIntervalMs: 5000,
  });
});

test('the environment feeds the defaults, files win over it', () => {
  const environment = {
    CONSUL_HTTP_ADDR: 'env:1',
    VAULT_TOKEN: 's.token',
    CONSUL_HTTP_SSL: 'true',
    CONSUL_NAMESPACE: '',
  };
  const config = good({ environment });
  assert.equal(config.consul.address, 'env:1');
  assert.equal(config.consul.ssl, true);
  assert.equal(config.vault.token?.reveal(), 's.token');
  assert.equal(
    good({ environment, files: { 'a.hcl': 'consul {\n address = "file:2"\n}\n' } }).consul.address,
    'file:2',
  );
});

test('-dev is a whole configuration, under files and flags', () => {
  const { config, errors: found } = check({ flags: { dev: true } });
  assert.deepEqual(found, []);
  assert.ok(config);
  assert.equal(config.dev, true);
  assert.equal(config.server.enabled && config.client.enabled, true);
  assert.equal(config.server.bootstrapExpect, 1);
  assert.equal(config.logLevel, 'DEBUG');
  assert.equal(config.client.gcIntervalMs, 600_000);
  assert.equal(config.client.networkInterface, 'lo');
  assert.equal(config.plugin['raw_exec']?.config['enabled'], true);
  assert.deepEqual(config.advertised, {
    http: '127.0.0.1:4646',
    rpc: '127.0.0.1:4647',
    serf: '127.0.0.1:4648',
  });
  const other = check({
    flags: { dev: true, 'log-level': 'TRACE' },
    files: { 'a.hcl': 'bind_addr = "10.0.0.5"\nlog_level = "WARN"\n' },
  }).config;
  assert.deepEqual([other?.logLevel, other?.bind.rpc], ['TRACE', '10.0.0.5']);
  assert.equal(check({ flags: { 'dev-connect': true } }).config?.devConnect, true);
});

test('real files and directories are read', (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'd', 'sub.hcl'), { recursive: true });
  writeFileSync(join(folder, 'd', 'a.hcl'), 'region = "a"\nserver {\n enabled = true\n}\ndata_dir = "/d"\n');
  writeFileSync(join(folder, 'plain'), '{"datacenter": "p"}');
  const raw = loadConfig({ paths: [join(folder, 'd'), join(folder, 'plain')] });
  const { config } = checkConfig(raw, { network });
  assert.equal(config?.region, 'a');
  assert.equal(config?.datacenter, 'p');
  assert.deepEqual(config?.files, [join(folder, 'd', 'a.hcl'), join(folder, 'plain')]);
  writeFileSync(join(folder, 'big.hcl'), `# ${'x'.repeat(1024 * 1024)}`);
  assert.throws(
    () => loadConfig({ paths: [join(folder, 'big.hcl')] }),
    /a configuration file may have 1048576/,
  );
});

test('a directory may not hold any number of files', () => {
  const files = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`d/${i}.hcl`, '']));
  assert.throws(() => configFilesOf('d', memoryFiles(files)), /1000 are allowed/);
});

test('named clusters of consul and vault are kept beside the default one', () => {
  const config = good({
    files: {
      'a.hcl':
        'consul {\n address = "a:1"\n}\nconsul "blue" {\n address = "b:2"\n}\nvault {\n name = "green"\n address = "https://g"\n}\nconsul "default" {\n token = "t"\n}\n',
    },
  });
  assert.equal(config.consul.address, 'a:1');
  assert.equal(config.consul.token?.reveal(), 't');
  assert.equal(config.consulClusters['blue']?.address, 'b:2');
  assert.equal(config.vaultClusters['green']?.address, 'https://g');
  assert.match(errors({ files: { 'a.hcl': 'consul_clusters "x" {\n}\n' } }).join(), /not expected here/);
  assert.match(
    errors({ files: { 'a.hcl': 'server "x" {\n}\nconsul "a" "b" {\n}\n' } }).join(),
    /No labels are expected for server.*Only the name of the cluster/s,
  );
});

test('secrets are never printed', () => {
  const config = good({
    files: {
      'a.hcl':
        'server {\n encrypt = "cg8StVXbQJ0gPvMd9o7yrg=="\n}\nacl {\n replication_token = "tok-1"\n}\nvault {\n token = "tok-2"\n}\nconsul {\n token = "tok-3"\n auth = "u:tok-4"\n}\nkeyring "awskms" {\n secret_key = "tok-5"\n}\n',
    },
  });
  assert.doesNotMatch(JSON.stringify(config), /tok-\d|cg8StVX/);
  assert.equal(config.keyring['awskms']?.secretKey?.reveal(), 'tok-5');
});
