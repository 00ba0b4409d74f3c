// SPDX-License-Identifier: MPL-2.0
// kill -9 of the agent: its tasks go on, the next agent takes them over, and no line of their output is missing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './stage/processes.ts';
import { eventually } from './stage/program.ts';
import { jobs, Stage, type TestAgent } from './stage/stage.ts';

const tasks = ['first', 'second'];

async function identities(agent: TestAgent, id: string): Promise<string[]> {
  const pids = await Promise.all(tasks.map((task) => agent.ok(`alloc fs ${id} ${task}/local/pid`)));
  return pids.map((pid) => processIdentity(Number(pid)));
}

test('tasks outlive their agent and are found again', async (t) => {
  const stage = new Stage(t);
  const setup = { name: 'agent', address: stage.address() };
  let agent = await stage.agent(setup);
  await agent.ready();
  await agent.ok(`job run ${jobs}counter.nomad.hcl`);
  const { ID: id } = await agent.alloc('counter', 'running');
  const before = await identities(agent, id);
  assert.ok(before.every((identity) => identity !== ''));

  for (let round = 0; round < 2; round++) {
    const killed = await agent.running.stop('SIGKILL');
    assert.equal(killed.code, null);
    await sleep(300);
    agent = await stage.agent(setup);
    await agent.ready();
    const status = await eventually('the allocation is shown running', 15_000, async () => {
      const text = await agent.ok(`alloc status ${id}`);
      return /^Client Status +=.running$/m.test(text) ? text : undefined;
    });
    assert.equal([...status.matchAll(/^Task "\w+" is "running"$/gm)].length, 2);
    assert.equal([...status.matchAll(/^Total Restarts = 0$/gm)].length, 2);
    assert.deepEqual(await identities(agent, id), before);
  }

  for (const task of tasks) {
    const lines = (await agent.ok(`alloc logs ${id} ${task}`)).split('\n').slice(0, -1);
    assert.ok(lines.length > 100, `${task} printed only ${lines.length} lines`);
    assert.deepEqual(
      lines.filter((line, i) => line !== String(i + 1)),
      [],
      `${task} has a gap`,
    );
  }

  await agent.ok('job stop counter');
  await agent.alloc('counter', 'complete');
});
