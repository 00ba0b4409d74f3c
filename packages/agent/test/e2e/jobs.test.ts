// SPDX-License-Identifier: MPL-2.0
// The example jobs, from run to stop.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, root } from './stage/program.ts';
import { jobs, Stage } from './stage/stage.ts';

const example = (name: string): string => join(root, 'examples/jobs', `${name}.nomad.hcl`);

test('a service, a batch and a system job run, are shown and end', async (t) => {
  const agent = await new Stage(t).agent();
  await agent.ready();

  const ran = await agent.ok(`job run ${example('service')}`);
  assert.match(ran, /Monitoring evaluation/);
  assert.match(ran, /Group "web": 2\/2 placed, 2 healthy, 0 unhealthy/);
  assert.match(ran, /Deployment "[0-9a-f]{8}" successful/);
  await agent.ok(`run -detach ${example('batch')}`);
  assert.match(await agent.ok(`job run ${example('system')}`), /finished with status "complete"/);

  const list = await agent.ok('job status');
  for (const line of [/^web +service +50 +running/m, /^watcher +system +60 +running/m, /^report +batch/m])
    assert.match(list, line);
  assert.match(await agent.ok('job status web'), /^web +0 +0 +2 +0 +0 +0 +0$/m);

  const [alloc] = await agent.allocs('web');
  assert.ok(alloc);
  const status = await agent.ok(`alloc status ${alloc.ID.slice(0, 8)}`);
  assert.match(status, /^Client Status +=.running$/m);
  assert.match(status, /^\*http +yes +127\.\d+\.\d+\.\d+:\d+/m);
  assert.match(await agent.ok(`alloc fs ${alloc.ID} server/local/index.html`), /^hello from web\.web\[\d\]/);
  assert.match(await agent.ok(`alloc fs ${alloc.ID}`), /drwx.*alloc\/$/m);

  await agent.alloc('report', 'complete', 30_000);
  assert.match(await agent.ok('logs -job report sum'), /the sum is 55/);
  assert.equal(await agent.ok('alloc logs -stderr -job report sum'), 'first try fails\n');
  const [report] = await agent.allocs('report');
  assert.equal(report?.TaskStates?.['sum']?.Restarts, 1);
  assert.match(await agent.ok('job status report'), /^Status +=.dead$/m);

  assert.match(await agent.ok('job stop web'), /finished with status "complete"/);
  await eventually('the tasks of web have ended', 15_000, async () =>
    (await agent.allocs('web')).every((one) => one.ClientStatus === 'complete') ? true : undefined,
  );
  await agent.ok('stop -purge -detach report');
  await agent.ok('system gc');
  assert.ok(!(await agent.ok('status')).includes('report'));
});

test('a task is followed, told something, restarted and stopped', async (t) => {
  const agent = await new Stage(t).agent();
  await agent.ready();
  await agent.ok(`job run ${jobs}trap.nomad.hcl`);
  const { ID: id } = await agent.alloc('trap', 'running');

  const logs = agent.follow(`alloc logs -f ${id}`);
  await logs.until(/started as \d+\n/);
  await agent.ok(`alloc signal -s SIGHUP ${id} listen`);
  await logs.until(/hangup\n/);
  await agent.ok(`alloc restart ${id}`);
  await logs.until(/bye\n[\s\S]*started as \d+\n/);
  const interrupted = await logs.stop('SIGINT');
  assert.equal(interrupted.code, 0);
  assert.equal(interrupted.stderr, '');

  assert.match(await agent.ok(`alloc status ${id}`), /^Total Restarts = 1$/m);
  assert.match(await agent.ok(`alloc logs -tail -n 1 ${id}`), /^started as \d+\n$/);

  const stopped = await agent.ok(`alloc stop ${id}`);
  assert.match(stopped, /Allocation "[0-9a-f]{8}" created/);
  const replaced = await eventually('another allocation runs', 15_000, async () =>
    (await agent.allocs('trap')).find((one) => one.ID !== id && one.ClientStatus === 'running'),
  );
  await agent.ok('job stop -detach trap');
  await eventually('it has ended', 15_000, async () =>
    (await agent.allocs('trap')).every((one) => one.ClientStatus === 'complete') ? true : undefined,
  );
  assert.match(await agent.ok(`alloc logs ${replaced.ID}`), /bye\n$/);
});

test('Ctrl-C ends the following of a deployment, not the deployment', async (t) => {
  const agent = await new Stage(t).agent();
  await agent.ready();
  const following = agent.follow(`job run ${example('service')}`);
  await following.until(/Monitoring deployment/);
  const { code, stderr } = await following.stop('SIGINT');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^No longer following; the evaluation goes on\. "serai eval status -monitor [0-9a-f]{8}"/,
  );
  assert.match(await agent.ok('deployment list'), /web +0 +running/);
  assert.match(await agent.ok('job stop -detach web'), /^[0-9a-f-]{36}\n$/);
});

test('the state is saved, checked and restored', async (t) => {
  const stage = new Stage(t);
  const agent = await stage.agent();
  await agent.ready();
  await agent.ok(`job run -detach ${jobs}trap.nomad.hcl`);
  assert.match(await agent.ok('operator snapshot save state.snap'), /State file written to state\.snap/);
  assert.match(await agent.ok('operator snapshot inspect state.snap'), /^jobs +1 /m);
  await agent.ok('job stop -purge -detach trap');
  assert.match(await agent.ok('job status'), /No running jobs/);
  assert.match(await agent.ok('operator snapshot restore state.snap'), /Snapshot Restored/);
  assert.match(await agent.ok('job status'), /^trap +service/m);
  const again = await agent.serai('operator snapshot restore agent.hcl');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /not a snapshot/);
});
