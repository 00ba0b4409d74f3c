// SPDX-License-Identifier: MPL-2.0
// The agent's configuration from files and flags, and the small commands that need no agent.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Result, runProgram } from './stage/program.ts';
import { Stage } from './stage/stage.ts';

test('flags win over files, wherever they stand on the line, and JSON is known by its content', async (t) => {
  const stage = new Stage(t);
  const address = stage.address();
  mkdirSync(join(stage.directory, 'conf.d'));
  stage.file('conf.d/10-base.hcl', 'datacenter = "file1"\nregion = "north"\nlog_level = "WARN"\n');
  stage.file('conf.d/20-more.json', '{"datacenter": "file2", "client": {"meta": {"rack": "r1"}}}');
  stage.file('odd-name.conf', JSON.stringify({ bind_addr: address, data_dir: stage.directory }));
  const agent = stage.start([
    'agent',
    '-config=conf.d',
    '-dev',
    '--config',
    'odd-name.conf',
    '-node=here',
    '-meta',
    'zone=z1',
  ]);
  await agent.until(/agent started!/);
  const env = { NOMAD_ADDR: `http://${address}:4646` };
  const self = JSON.parse((await runProgram(['operator', 'api', '/v1/agent/self'], { env })).stdout) as {
    config: { Datacenter: string; Region: string; NodeName?: string };
  };
  assert.equal(self.config.Datacenter, 'file2');
  assert.equal(self.config.Region, 'north');
  const nodes = await runProgram(['node', 'status', '-self', '-verbose'], { env });
  assert.match(nodes.stdout, /^Name +=.here$/m);
  assert.match(nodes.stdout, /^rack += r1$/m);
  assert.match(nodes.stdout, /^zone += z1$/m);
  const stopped = await agent.stop('SIGINT');
  assert.equal(stopped.code, 0);
});

test('config validate says what is wrong and where', async (t) => {
  const stage = new Stage(t);
  const validate = (...paths: string[]): Promise<Result> =>
    runProgram(['config', 'validate', ...paths], { env: {}, cwd: stage.directory });
  stage.file('good.hcl', `data_dir = "${stage.directory}"\nserver {\n  enabled = true\n}\n`);
  stage.file('bad.hcl', 'region = "x"\nregoin = "y"\n');
  const good = await validate('good.hcl');
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /Configuration is valid!/);
  const bad = await validate('bad.hcl');
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /bad\.hcl:2/);
  assert.match(bad.stderr, /regoin/);
  assert.equal((await validate()).code, 1);
  assert.equal((await validate('missing.hcl')).code, 1);
});

test('an agent that can not start says why and ends with 1', async (t) => {
  const stage = new Stage(t);
  const agent = await stage.agent();
  const second = await runProgram(['agent', '-dev', '-config', 'agent.hcl'], {
    env: {},
    cwd: stage.directory,
  });
  assert.equal(second.code, 1);
  assert.match(second.stderr, /^Error starting agent: .+/m);
  assert.doesNotMatch(second.stderr, /\bat .*\.(ts|mjs):\d+/);
  await agent.ok('server members');
});

test('nothing listens: the error names the address and how to start an agent', async () => {
  const result = await runProgram(['job', 'status'], { env: { NOMAD_ADDR: 'http://127.99.99.99:4646' } });
  assert.equal(result.code, 1);
  assert.equal(result.stdout, '');
  assert.match(result.stderr, /http:\/\/127\.99\.99\.99:4646.*connection refused/);
  assert.match(result.stderr, /serai agent -dev/);
});

test('version, init and fmt work without an agent', async (t) => {
  const stage = new Stage(t);
  const run = (line: string, input?: string): Promise<Result> =>
    runProgram(line.split(' '), { env: {}, cwd: stage.directory, ...(input === undefined ? {} : { input }) });
  const version = await run('version');
  assert.match(version.stdout, /^Serai v\d+\.\d+\.\d+\nSpeaks Nomad v1\.\d+\.\d+\n$/);
  assert.equal((await run('-version')).stdout, version.stdout);

  assert.equal((await run('job init')).code, 0);
  const path = join(stage.directory, 'example.nomad.hcl');
  assert.ok(existsSync(path));
  const again = await run('init');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /already exists/);
  assert.equal((await run('init -short short.nomad.hcl')).code, 0);
  assert.equal((await run('fmt -check')).code, 0);

  stage.file('ugly.nomad.hcl', 'job "x" {\npriority=10\n  region   =   "r"\n}\n');
  const check = await run('fmt -check');
  assert.equal(check.code, 1);
  assert.equal(check.stdout, 'ugly.nomad.hcl\n');
  assert.equal((await run('fmt')).code, 0);
  assert.equal(
    readFileSync(join(stage.directory, 'ugly.nomad.hcl'), 'utf8'),
    'job "x" {\n  priority = 10\n  region   = "r"\n}\n',
  );
  assert.equal((await run('fmt -', 'a   =  1\n')).stdout, 'a = 1\n');
  stage.file('broken.nomad.hcl', 'job "x" {\n');
  const broken = await run('fmt');
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /broken\.nomad\.hcl:\d+/);
});

test('a reader that closes its end is no error', async (t) => {
  const stage = new Stage(t);
  const agent = await stage.agent();
  const running = agent.follow('operator metrics');
  running.child.stdout?.destroy();
  const result = await running.ended;
  assert.equal(result.stderr, '');
});
