// SPDX-License-Identifier: MPL-2.0
// Whatever comes in: a clear error at the right place, and the agent stays up.

import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Stage, type TestAgent } from './stage/stage.ts';

function job(name: string, inner: string, task = ''): string {
  return `job "${name}" {
  ${inner}
  group "g" {
    ${task}
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["1000"]
      }
    }
  }
}
`;
}

const megabyte = 1024 * 1024;

interface Case {
  readonly what: string;
  readonly source: string | Uint8Array;
  readonly code: number;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    what: 'a wrong type',
    source: job('a', 'priority = "high"'),
    code: 1,
    says: /bad\.hcl:2,\d+-\d+: Incorrect attribute value type.*"priority": a number is required[\s\S]*2 \|/,
  },
  {
    what: 'an unknown block',
    source: job('a', 'constrain {}'),
    code: 1,
    says: /bad\.hcl:2,.*constrain/,
  },
  {
    what: 'an unknown function',
    source: job('a', 'region = frobnicate("x")'),
    code: 1,
    says: /bad\.hcl:2,.*frobnicate/s,
  },
  {
    what: 'text that ends too early',
    source: 'job "a" {\n  group "g" {\n',
    code: 1,
    says: /bad\.hcl:\d+,\d+/,
  },
  {
    what: 'an unknown driver',
    source: job('a', '').replace('raw_exec', 'floppy'),
    code: 2,
    says: /missing drivers/,
  },
  {
    what: 'an impossible constraint',
    source: job('a', 'constraint {\n attribute = "${attr.kernel.name}"\n value = "plan9"\n }'),
    code: 2,
    says: /Constraint "\$\{attr\.kernel\.name\} = plan9": 1 nodes excluded by filter/,
  },
  {
    what: 'more memory than there is',
    source: job('a', '').replace('config {', 'resources {\n memory = 99999999\n }\n config {'),
    code: 2,
    says: /Dimension "memory" exhausted on 1 nodes/,
  },
  {
    what: 'several mistakes at once',
    source: job('a', 'priority = 1000', 'count = -1'),
    code: 1,
    says: /errors? occurred\)\n {2}\* .*\n/,
  },
  { what: 'invalid UTF-8', source: Buffer.from([0x6a, 0x0a, 0xff, 0xfe]), code: 1, says: /UTF-8.*line 2/ },
  { what: 'an empty file', source: ' \n', code: 1, says: /empty/ },
  {
    what: 'a file of 50 MB',
    source: Buffer.alloc(50 * megabyte, '# comment\n'),
    code: 1,
    says: /larger than 4194304 bytes/,
  },
  {
    what: 'deeply nested blocks',
    source: `${'a {\n'.repeat(20_000)}${'}\n'.repeat(20_000)}`,
    code: 1,
    says: /bad\.hcl:\d+,.*(deep|nest)/is,
  },
  {
    what: 'deeply nested brackets',
    source: `x = ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    code: 1,
    says: /bad\.hcl:1,.*(deep|nest)/is,
  },
  { what: 'JSON that is none', source: '{"Job": {"ID": ', code: 1, says: /bad\.hcl/ },
];

async function isUp(agent: TestAgent): Promise<void> {
  assert.match(await agent.ok('server members'), /alive/);
  assert.ok(agent.running.alive);
}

test('job files that can not be', async (t) => {
  const stage = new Stage(t);
  const agent = await stage.agent();
  await agent.ready();
  for (const { what, source, code, says } of cases) {
    stage.file('bad.hcl', source);
    const result = await agent.serai('job run bad.hcl');
    assert.match(result.stdout + result.stderr, says, what);
    assert.equal(result.code, code, `${what}: ${result.stdout}${result.stderr}`);
    assert.doesNotMatch(result.stderr, /\bat .*\.(ts|mjs):\d+/, `${what}: a stack trace`);
  }
  await isUp(agent);
});

test('two jobs that want the same port', async (t) => {
  const stage = new Stage(t);
  const agent = await stage.agent();
  await agent.ready();
  const port =
    'network {\n port "http" {\n static = 18080\n }\n }\n update {\n min_healthy_time = "10ms"\n }';
  stage.file('one.hcl', job('one', '', port));
  stage.file('two.hcl', job('two', '', port));
  await agent.ok('job run one.hcl');
  const second = await agent.serai('job run two.hcl');
  assert.equal(second.code, 2);
  assert.match(second.stdout, /reserved port collision http=18080/);
  await agent.ok('job stop one');
});

test('requests that can not be', async (t) => {
  const stage = new Stage(t);
  const agent = await stage.agent();
  const put = async (input: string | Uint8Array, path = '/v1/jobs'): Promise<string> => {
    const args = ['operator', 'api', '-verbose', '-X', 'PUT', path];
    const { code, stdout, stderr } = await agent.serai(args, { input });
    assert.equal(code, 1, stdout);
    return `${/\* status (\d+)/.exec(stderr)?.[1]} ${stdout}`;
  };
  assert.match(await put(Buffer.alloc(50 * megabyte, ' ')), /^413 /);
  assert.match(await put('{"Job": {"ID": '), /^400 /);
  assert.match(await put('{"Job": {"ID": 7}}'), /^400 .*ID/);
  assert.match(await put(`{"Job": ${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`), /^400 /);
  assert.match(await put('{}'), /^(400|500) .*[Jj]ob/);
  assert.match(await put('', '/v1/jobs'), /^400 /);
  await isUp(agent);
});

test('a damaged state file is told at the start, and nothing is written over it', async (t) => {
  const stage = new Stage(t);
  const setup = { name: 'agent', address: stage.address() };
  const agent = await stage.agent(setup);
  await agent.ready();
  stage.file('one.hcl', job('one', ''));
  await agent.ok('job run -detach one.hcl');
  await agent.ok('job stop -detach one');
  await agent.running.stop();

  const state = join(stage.directory, 'agent/server/state');
  const damaged = readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size > 0);
  assert.ok(damaged.length > 0);
  for (const path of damaged) writeFileSync(path, 'x'.repeat(4096));

  const again = stage.start(['agent', '-dev', '-config', 'agent.hcl']);
  const result = await again.ended;
  assert.equal(result.code, 1, result.stdout);
  assert.match(result.stderr, /Error starting agent: /);
  assert.ok(result.stderr.includes(state), `names no file: ${result.stderr}`);
});
