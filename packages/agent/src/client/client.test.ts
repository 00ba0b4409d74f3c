// SPDX-License-Identifier: MPL-2.0
// The client as a whole: restarts of the agent, removal of old allocations, numbers.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '#base';
import { ClientBench, fakeAlloc, fakeTask, restartPolicy } from '#testing';

const second = 1_000_000_000;

test('the node registers with what was detected and is ready', async (t) => {
  const bench = await ClientBench.create(t, { datacenter: 'dc3', nodeClass: 'big', meta: { rack: 'r1' } });
  await bench.until(() => bench.server.heartbeats > 0);
  const node = bench.server.nodes[0];
  assert.equal(node?.ID, bench.client.nodeId);
  assert.equal(node?.Datacenter, 'dc3');
  assert.equal(node?.Attributes?.['driver.fake'], '1');
  assert.equal(node?.NodeResources?.Memory.MemoryMB, 24_576);
  assert.equal(bench.client.status.nodeStatus, 'ready');
});

test('an agent that ends leaves its tasks alone; the next one takes them over', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  const { nodeId } = bench.client;
  await bench.restart();
  assert.equal(bench.client.nodeId, nodeId);
  await bench.until(() => bench.server.nodes.length === 2);
  await bench.pass(500);
  assert.equal(bench.tasks.started.length, 1, 'started once');
  assert.equal(bench.tasks.of('web').stopped, undefined);
  bench.tasks.exit('web', 0, { signal: 0 });
  await bench.until(() => bench.events(alloc.ID, 'web').includes('Terminated'));
});

test('what ended while no agent ran is known with its exit code', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web')], { job: { Type: 'batch' } });
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  await bench.restart(() => bench.tasks.exit('web', 42));
  await bench.untilStatus(alloc.ID, 'failed');
  const terminated = bench.state(alloc.ID, 'web').Events?.find((event) => event.Type === 'Terminated');
  assert.equal(terminated?.ExitCode, 42);
});

test('what the servers stopped meanwhile is ended by the next agent', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  await bench.restart(() => bench.server.stop(alloc.ID));
  await bench.untilStatus(alloc.ID, 'complete');
  assert.ok(bench.tasks.of('web').stopped);
});

test('a task of which nothing is left starts again', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  await bench.restart(() => bench.tasks.byId.clear());
  await bench.until(() => bench.tasks.started.length === 2);
  await bench.until(() => bench.events(alloc.ID, 'web').at(-1) === 'Started');
  assert.ok(bench.events(alloc.ID, 'web').includes('Failed Restoring Task'));
});

test('a status that the servers never got is sent by the next agent', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web')], { job: { Type: 'batch' } });
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  const away = Array.from({ length: 100 }, () => new AppError('unavailable', 'No cluster leader'));
  bench.server.failures.set('Node.UpdateAlloc', away);
  bench.tasks.exit('web', 0);
  await bench.until(() => away.length < 100);
  assert.equal(bench.server.last(alloc.ID)?.ClientStatus, 'running');
  await bench.restart(() => bench.server.failures.clear());
  await bench.untilStatus(alloc.ID, 'complete');
  assert.equal(bench.tasks.started.length, 1);
});

test('an allocation that the servers lost sight of is reported again as it is', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  await bench.pass(1_000);
  const before = bench.server.reports.length;
  bench.server.put({ ...alloc, ClientDescription: 'noted' });
  await bench.pass(1_000);
  assert.equal(bench.server.reports.length, before, 'other changes are no reason');
  bench.server.put({ ...alloc, ClientStatus: 'unknown' });
  await bench.until(() => bench.server.reports.length > before);
  assert.equal(bench.server.last(alloc.ID)?.ClientStatus, 'running');
  assert.equal(bench.tasks.started.length, 1);
});

test('a corrupt state file costs one allocation its memory, the others go on', async (t) => {
  const bench = await ClientBench.create(t);
  const good = fakeAlloc([fakeTask('good')]);
  const bad = fakeAlloc([fakeTask('bad')]);
  bench.server.put(good);
  bench.server.put(bad);
  await bench.untilStatus(good.ID, 'running');
  await bench.untilStatus(bad.ID, 'running');
  const path = join(bench.dir, 'client', 'allocs', `${bad.ID}.json`);
  await bench.restart(async () =>
    writeFile(path, (await readFile(path, 'utf8')).replace('running', 'runnyng')),
  );
  await bench.until(() => bench.tasks.names().filter((name) => name === 'bad').length === 2);
  assert.equal(bench.tasks.names().filter((name) => name === 'good').length, 1);
  assert.ok(existsSync(`${path}.corrupt`));
});

test('a dev agent ends its tasks and removes their files when told so', async (t) => {
  const bench = await ClientBench.create(t, { destroyAllocsOnStop: true });
  const alloc = fakeAlloc([fakeTask('web')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  await bench.client.stop();
  assert.ok(bench.tasks.of('web').stopped);
  assert.deepEqual(await readdir(join(bench.dir, 'alloc')), []);
});

test('ended allocations over the limit are removed, oldest first, and do not start again', async (t) => {
  const bench = await ClientBench.create(t, {
    gc: {
      intervalMs: 60_000,
      diskUsagePercent: 90,
      inodeUsagePercent: 90,
      maxAllocs: 1,
      parallelDestroys: 1,
    },
  });
  const ids: string[] = [];
  for (const name of ['a', 'b']) {
    const alloc = fakeAlloc([fakeTask(name)], { job: { Type: 'batch' } });
    ids.push(alloc.ID);
    bench.server.put(alloc);
    await bench.until(() => bench.tasks.has(name));
    await bench.untilStatus(alloc.ID, 'running');
    bench.tasks.exit(name, 0);
    await bench.untilStatus(alloc.ID, 'complete');
  }
  await bench.pass(61_000);
  await bench.until(() => bench.client.allocationCount === 1);
  assert.deepEqual(await readdir(join(bench.dir, 'alloc')), [ids[1]]);
  bench.server.put(fakeAlloc([fakeTask('c')]));
  await bench.until(() => bench.tasks.has('c'));
  assert.deepEqual(bench.tasks.names(), ['a', 'b', 'c'], 'the removed one is still listed by the servers');
});

test('what the servers know as ended is not started by an agent that lost its memory', async (t) => {
  const bench = await ClientBench.create(t);
  bench.server.put(fakeAlloc([fakeTask('old')], { alloc: { ClientStatus: 'complete' } }));
  bench.server.put(fakeAlloc([fakeTask('new')]));
  await bench.until(() => bench.tasks.has('new'));
  await bench.pass(200);
  assert.ok(!bench.tasks.has('old'));
});

test('a group that wants it is stopped when the servers are silent', async (t) => {
  const bench = await ClientBench.create(t);
  const timid = fakeAlloc([fakeTask('timid')], { group: { StopAfterClientDisconnect: 20 * second } });
  const brave = fakeAlloc([fakeTask('brave')]);
  bench.server.put(timid);
  bench.server.put(brave);
  await bench.untilStatus(timid.ID, 'running');
  await bench.untilStatus(brave.ID, 'running');
  bench.server.failures.set(
    'Node.UpdateStatus',
    Array.from({ length: 10_000 }, () => new AppError('unavailable', 'gone')),
  );
  await bench.pass(15_000);
  assert.equal(bench.tasks.of('timid').stopped, undefined);
  await bench.pass(20_000);
  assert.ok(bench.tasks.of('timid').stopped);
  assert.equal(bench.tasks.of('brave').stopped, undefined);
});

test('an update in place reaches the next start of a task, not the running one', async (t) => {
  const bench = await ClientBench.create(t);
  const alloc = fakeAlloc([fakeTask('web', { Env: { V: '1' }, RestartPolicy: restartPolicy() })]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  const group = alloc.Job?.TaskGroups?.[0];
  assert.ok(alloc.Job && group);
  const changed = { ...group, Tasks: (group.Tasks ?? []).map((task) => ({ ...task, Env: { V: '2' } })) };
  bench.server.put({ ...alloc, Job: { ...alloc.Job, Version: 1, TaskGroups: [changed] } });
  await bench.pass(50);
  assert.equal(bench.tasks.started.length, 1);
  bench.tasks.exit('web', 1);
  await bench.until(() => bench.tasks.started.length === 2);
  assert.equal(bench.tasks.of('web').request.env['V'], '2');
});

test("gauges carry Nomad's names and the node's labels", async (t) => {
  const bench = await ClientBench.create(t, { publishNodeMetrics: true, publishAllocationMetrics: true });
  const alloc = fakeAlloc([fakeTask('web')]);
  bench.server.put(alloc);
  await bench.untilStatus(alloc.ID, 'running');
  await bench.pass(2_500);
  const gauges = new Map(bench.metrics.interval().gauges.map((gauge) => [gauge.name, gauge]));
  assert.equal(gauges.get('nomad.client.allocations.running')?.value, 1);
  assert.equal(gauges.get('nomad.client.allocated.cpu')?.value, 500);
  assert.equal(gauges.get('nomad.client.unallocated.memory')?.value, 24_576 - 256);
  assert.equal(gauges.get('nomad.client.host.memory.total')?.value, 25_165_824 * 1024);
  assert.equal(gauges.get('nomad.client.allocs.memory.allocated')?.labels['alloc_id'], alloc.ID);
  assert.deepEqual(gauges.get('nomad.client.uptime')?.labels, {
    node_id: bench.client.nodeId,
    datacenter: 'dc1',
    node_class: 'none',
    node_pool: 'default',
    node_status: 'ready',
    node_scheduling_eligibility: 'eligible',
  });
});
