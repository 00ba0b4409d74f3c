// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#base';
import { type FakeAnswer, FakeTerminal, FakeTransport } from '#testing';
import type { CommandContext } from './command.ts';
import { dispatch } from './run.ts';

interface Ran {
  readonly code: number;
  readonly ui: FakeTerminal;
  readonly transport: FakeTransport;
}

async function run(
  line: string,
  answers: Readonly<Record<string, FakeAnswer>> = {},
  more: Partial<CommandContext> = {},
): Promise<Ran> {
  const ui = new FakeTerminal();
  const transport = new FakeTransport();
  for (const [request, answer] of Object.entries(answers)) transport.on(request, answer);
  const code = await dispatch(line.split(' ').filter(Boolean), {
    ui,
    env: {},
    cwd: '/',
    clock: systemClock,
    signal: new AbortController().signal,
    readInput: async () => '',
    readBytes: async () => new Uint8Array(0),
    stdinIsPiped: false,
    transport: transport.send,
    ...more,
  });
  return { code, ui, transport };
}

test('help goes to standard output and is a success', async () => {
  for (const line of ['-h', '-help', '--help', 'help', 'job -h', 'help job', 'job run -h', 'help job run']) {
    const { code, ui } = await run(line);
    assert.equal(code, 0, line);
    assert.match(ui.out, /^Usage: serai /, line);
    assert.equal(ui.err, '', line);
  }
});

test('nothing at all shows the overview, with the code of an unknown command', async () => {
  const { code, ui } = await run('');
  assert.equal(code, 127);
  assert.match(ui.out, /Common commands:/);
});

test('a group alone shows its commands, with the code of an error', async () => {
  const { code, ui } = await run('operator snapshot');
  assert.equal(code, 1);
  assert.match(ui.out, /^ {4}restore /m);
});

test('an unknown command is told on standard error', async () => {
  const { code, ui } = await run('jobs');
  assert.equal(code, 127);
  assert.equal(ui.out, '');
  assert.match(ui.err, /^unknown command "jobs"; did you mean "job"\?/);
});

test('an unknown flag ends with 1 and names the help', async () => {
  const { code, ui, transport } = await run('job status -vrebose');
  assert.equal(code, 1);
  assert.match(ui.err, /flag provided but not defined: -vrebose; did you mean -verbose\?/);
  assert.match(ui.err, /try 'serai job status -help'/);
  assert.equal(transport.requests.length, 0);
});

test('a flag after the arguments is pointed out', async () => {
  const { code, ui } = await run('job inspect web -json');
  assert.equal(code, 1);
  assert.match(ui.err, /Flags come before arguments: -json stands after "web"/);
});

test('general flags reach the request', async () => {
  const { transport } = await run('job status -region=r -namespace n -token t', {
    'GET /v1/jobs': { body: [] },
  });
  assert.equal(transport.requests[0]?.path, '/v1/jobs?region=r&namespace=n');
  assert.equal(transport.requests[0]?.headers['x-nomad-token'], 't');
});

test('an error of the agent ends with 1 and says what to do', async () => {
  const { code, ui } = await run('job status', {
    'GET /v1/jobs': { status: 403, body: 'Permission denied' },
  });
  assert.equal(code, 1);
  assert.equal(
    ui.err,
    'Unexpected response code: 403 (Permission denied)\nGive a token that may do this with -token or NOMAD_TOKEN.\n',
  );
});

test('an old name warns on standard error and works', async () => {
  const { code, ui } = await run('server-members -json', { 'GET /v1/agent/members': { body: {} } });
  assert.equal(code, 0);
  assert.equal(ui.err, '"serai server-members" is an old name: use "serai server members"\n');
  assert.equal(ui.out, '[]\n');
});

test('what is piped in is the body of operator api', async () => {
  const { code, ui, transport } = await run(
    'operator api /jobs',
    { 'POST /v1/jobs': { body: '{"x":1}' } },
    { stdinIsPiped: true, readInput: async () => '{"Job":{}}' },
  );
  assert.equal(code, 0);
  assert.equal(ui.out, '{"x":1}');
  assert.equal(transport.requests[0]?.body, '{"Job":{}}');
});

test('operator api reads nothing for a method without a body', async () => {
  const { code } = await run(
    'operator api -X GET /v1/jobs',
    { 'GET /v1/jobs': { body: '[]' } },
    {
      stdinIsPiped: true,
      readInput: async () => assert.fail('was read'),
    },
  );
  assert.equal(code, 0);
});

test('operator api ends with 1 when the agent refuses, also without words', async () => {
  const { code, ui } = await run('operator api /v1/x', { 'GET /v1/x': { status: 500, body: '' } });
  assert.equal(code, 1);
  assert.equal(ui.err, 'Unexpected response code: 500\n');
});

test('operator api shows the request as curl would make it, with its quotes and without the token', async () => {
  const { ui, transport } = await run(
    "operator api -dryrun -token=s3cret -H X-Note:it's -X put /v1/job/a?x=1",
    {},
    { env: { NOMAD_ADDR: 'http://h:1' } },
  );
  assert.equal(
    ui.out,
    `curl -X PUT -H "X-Nomad-Token: \${NOMAD_TOKEN}" -H 'x-note: it'\\''s' 'http://h:1/v1/job/a?x=1'\n`,
  );
  assert.equal(transport.requests.length, 0);
});

test('a list that the agent cut names the next page', async () => {
  const { ui } = await run('eval list -per-page 1 -status complete', {
    'GET /v1/evaluations': {
      headers: { 'x-nomad-nexttoken': '12.abc' },
      body: [{ ID: 'ab120000-0000-4000-8000-000000000000', Status: 'complete' }],
    },
  });
  assert.match(ui.out, /To get the next page run:\n\nserai eval list -page-token=12\.abc\n$/);
});

test('metrics are printed as the agent wrote them', async () => {
  const { ui, transport } = await run('operator metrics -format prometheus', {
    'GET /v1/metrics': { body: 'a 1\n' },
  });
  assert.equal(ui.out, 'a 1\n');
  assert.equal(transport.requests[0]?.path, '/v1/metrics?format=prometheus');
  assert.equal((await run('operator metrics -format yaml')).code, 1);
});

test('the log of another agent is asked for by its id', async () => {
  const { ui, transport } = await run('monitor -node-id ab12 -log-level=debug', {
    'GET /v1/nodes': { body: [{ ID: 'ab120000-0000-4000-8000-000000000000' }] },
    'GET /v1/agent/monitor': { body: 'a line\n' },
  });
  assert.equal(ui.out, 'a line\n');
  assert.match(transport.requests[1]?.path ?? '', /log_level=debug.*node_id=ab120000-/);
});

test('without a leader the members are listed and the code is 1', async () => {
  const { code, ui } = await run('server members', {
    'GET /v1/agent/members': {
      body: {
        Members: [
          { Name: 'a.global', Addr: '10.0.0.1', Port: 4648, Status: 'alive', Tags: { region: 'global' } },
        ],
      },
    },
    'GET /v1/status/leader': { body: '""' },
  });
  assert.equal(code, 1);
  assert.match(ui.out, /a\.global +10\.0\.0\.1 +4648 +alive +false/);
  assert.match(ui.err, /No cluster leader/);
});

const web = { ID: 'web', Namespace: 'default', Version: 1, Type: 'service', Status: 'running' };
const webAnswers = {
  'GET /v1/jobs': { body: [web] },
  'GET /v1/job/web': { body: web },
  'GET /v1/job/web/versions': { body: { Versions: [web, { ...web, Version: 0 }] } },
};

test('job inspect wraps the job as the API takes it, -json does not', async () => {
  const wrapped = JSON.parse((await run('job inspect web', webAnswers)).ui.out) as { Job: { ID: string } };
  assert.equal(wrapped.Job.ID, 'web');
  const bare = JSON.parse((await run('inspect -json web', webAnswers)).ui.out) as { ID: string };
  assert.equal(bare.ID, 'web');
});

test('job inspect and job history know versions, and name them when one is missing', async () => {
  const { ui } = await run('job inspect -json -version 0 web', webAnswers);
  assert.equal((JSON.parse(ui.out) as { Version: number }).Version, 0);
  const missing = await run('job inspect -version 9 web', webAnswers);
  assert.equal(missing.code, 1);
  assert.match(missing.ui.err, /job "web" has no version 9; known are 1, 0/);
  assert.match((await run('job history -version 9 web', webAnswers)).ui.err, /known are 1, 0/);
});

test('the address of a page in the web UI', async () => {
  const env = { NOMAD_ADDR: 'http://h:1/' };
  const id = 'ab120000-0000-4000-8000-000000000000';
  const lists = {
    'GET /v1/jobs': { body: [] },
    'GET /v1/allocations': { body: [] },
    'GET /v1/deployments': { body: [] },
    'GET /v1/evaluations': { body: [] },
    'GET /v1/nodes': { body: [{ ID: id }] },
  };
  assert.equal((await run('ui -show-url', {}, { env })).ui.out, 'URL for web UI: http://h:1/ui/\n');
  assert.equal(
    (await run('ui -show-url ab12', lists, { env })).ui.out,
    `URL for web UI: http://h:1/ui/clients/${id}\n`,
  );
  assert.equal((await run('ui -show-url ff', lists, { env })).code, 1);
});

test('the servers of a client are shown and changed', async () => {
  const shown = await run('node config -servers', {
    'GET /v1/agent/servers': { body: ['a:4647', 'b:4647'] },
  });
  assert.equal(shown.ui.out, 'a:4647\nb:4647\n');
  const changed = await run('node config -update-servers c:4647 d', { 'PUT /v1/agent/servers': {} });
  assert.equal(changed.code, 0);
  assert.equal(changed.transport.requests[0]?.path, '/v1/agent/servers?address=c%3A4647&address=d');
  assert.equal((await run('node config')).code, 1);
  assert.equal((await run('node config -update-servers')).code, 1);
});

test('what an id stands for is shown by the command of its kind, flags included', async () => {
  const { ui } = await run('status -short web', webAnswers);
  assert.match(ui.out, /^ID +=.web\nName/);
  assert.ok(!ui.out.includes('Allocations'));
  const ambiguous = await run('status we', {
    'GET /v1/jobs': { body: [web, { ...web, ID: 'web-2' }] },
  });
  assert.equal(ambiguous.code, 1);
  assert.equal(ambiguous.ui.err, 'Multiple matches found for id "we"\n\nJobs:\n  web\n  web-2\n');
});

test('a job is stopped with what the flags say', async () => {
  const { code, transport, ui } = await run(
    'job stop -detach -purge -no-shutdown-delay -eval-priority 70 web',
    { ...webAnswers, 'DELETE /v1/job/web': { body: { EvalID: 'e1' } } },
  );
  assert.equal(code, 0);
  assert.equal(ui.out, 'e1\n');
  assert.equal(
    transport.requests.at(-1)?.path,
    '/v1/job/web?namespace=default&purge=true&global=false&no_shutdown_delay=true&eval_priority=70',
  );
});

test('of several jobs that are stopped the worst result is the code', async () => {
  const { code } = await run('job stop web', {
    ...webAnswers,
    'DELETE /v1/job/web': { body: { EvalID: 'e1' } },
    'GET /v1/evaluation/e1': {
      body: { ID: 'e1', Status: 'failed', StatusDescription: 'maximum attempts reached (5)' },
    },
    'GET /v1/evaluation/e1/allocations': { body: [] },
  });
  assert.equal(code, 1);
});
