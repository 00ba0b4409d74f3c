// SPDX-License-Identifier: MPL-2.0
// A server and two clients in processes of their own.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { processesOf } from './stage/processes.ts';
import { eventually } from './stage/program.ts';
import { jobs, Stage } from './stage/stage.ts';

const rawExec = 'plugin "raw_exec" {\n  config {\n    enabled = true\n  }\n}';

test('a job with two allocations runs on two clients', async (t) => {
  const stage = new Stage(t);
  const server = await stage.agent({ name: 'server', flags: ['-server', '-bootstrap-expect=1'] });
  const client = (name: string): ReturnType<Stage['agent']> =>
    stage.agent({
      name,
      flags: ['-client', `-servers=${server.address}:4647`],
      hcl: `client {\n  network_interface = "lo"\n}\n${rawExec}`,
    });
  const [one, two] = await Promise.all([client('one'), client('two')]);
  await server.ready(2);
  assert.match(await server.ok('server members'), /^server\.global .* alive +true/m);

  await server.ok(`job run ${jobs}pair.nomad.hcl`);
  const allocs = await server.allocs('pair');
  assert.equal(new Set(allocs.map((alloc) => alloc.NodeID)).size, 2);
  assert.ok(allocs.every((alloc) => alloc.ClientStatus === 'running'));
  // Any agent answers for the whole region, also about files on the other client.
  for (const { ID } of allocs) assert.match(await one.ok(`alloc fs ${ID}`), /sleep\//);
  assert.match(await two.ok('job status'), /^pair +service +50 +running/m);

  await two.running.stop('SIGKILL');
  // Its task goes on without it.
  const left = processesOf(join(stage.directory, 'two')).map(({ pid }) => pid);
  assert.ok(left.length > 0);
  stage.outlives(left);
  assert.match(await server.ok('job status pair'), /running/);

  await server.ok('job stop -detach pair');
  await eventually('the allocation of the client that is left has ended', 15_000, async () => {
    const now = await server.allocs('pair');
    return now.filter((alloc) => alloc.ClientStatus === 'complete').length >= 1 ? true : undefined;
  });
  const stopped = await one.running.stop();
  assert.equal(stopped.code, 0);
  assert.equal((await server.running.stop()).code, 0);
});
