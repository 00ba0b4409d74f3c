// SPDX-License-Identifier: MPL-2.0
// Rolling updates from the first placement to their end, good or bad.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Deployment_Fail,
  Deployment_Pause,
  Deployment_Promote,
  Deployment_SetAllocHealth,
  type Job,
  Job_Revert,
  Job_Stable,
  type UpdateStrategy,
} from '@serai/api';
import { type FakeOutcome, mockJob, mockTask, mockTaskGroup, mockUpdate, TestCluster } from '#testing';

const second = 1_000;
const minute = 60 * second;
const ns = 1e6;

function web(version: string, count: number, update: Partial<UpdateStrategy> = {}): Job {
  const group = mockTaskGroup({
    Count: count,
    Update: mockUpdate({ ProgressDeadline: 10 * minute * ns, ...update }),
    Tasks: [mockTask({ Env: { VERSION: version } })],
  });
  return mockJob({ ID: 'web', TaskGroups: [group] });
}

/** Health by the text in VERSION. */
async function clusterWith(
  t: Parameters<typeof TestCluster.start>[0],
  outcome: (version: string) => FakeOutcome = () => ({ status: 'running', healthy: true }),
): Promise<TestCluster> {
  const cluster = await TestCluster.start(t);
  for (const node of await cluster.addNodes(3)) {
    node.outcome = (alloc) => outcome(alloc.Job?.TaskGroups?.[0]?.Tasks?.[0]?.Env?.['VERSION'] ?? '');
  }
  return cluster;
}

const versions = (cluster: TestCluster): number[] =>
  cluster
    .live('web')
    .map((alloc) => alloc.Job?.Version ?? -1)
    .sort();
const latest = (cluster: TestCluster): string[] => {
  const [deployment] = cluster.deployments('web');
  return [deployment?.Status ?? '', deployment?.StatusDescription ?? ''];
};

test('the first deployment succeeds and makes its version stable', async (t) => {
  const cluster = await clusterWith(t);
  const job = await cluster.run(web('a', 3));
  assert.equal(job.Stable, true);
  assert.deepEqual(latest(cluster), ['successful', 'Deployment completed successfully']);
  const { index } = cluster.state;
  await cluster.advance(30 * minute, minute);
  assert.equal(cluster.state.index, index, 'a finished deployment causes nothing more');
});

test('an update goes on step by step as allocations become healthy', async (t) => {
  let healthy: boolean | null = true;
  const cluster = await clusterWith(t, () => ({ status: 'running', healthy }));
  await cluster.run(web('a', 4, { MaxParallel: 2 }));
  healthy = null;
  await cluster.run(web('b', 4, { MaxParallel: 2 }));
  assert.deepEqual(versions(cluster), [0, 0, 1, 1]);
  assert.deepEqual(latest(cluster), ['running', 'Deployment is running']);
  const { index } = cluster.state;
  await cluster.advance(5 * minute, minute);
  assert.equal(cluster.state.index, index, 'waiting for health causes nothing');
  healthy = true;
  await cluster.settle();
  assert.deepEqual(versions(cluster), [1, 1, 1, 1]);
  assert.equal(cluster.job('web').Stable, true);
  assert.equal(latest(cluster)[0], 'successful');
});

test('no progress in time: the deployment fails, and half of the job stays old', async (t) => {
  const cluster = await clusterWith(t, (version) => ({
    status: 'running',
    healthy: version === 'a' ? true : null,
  }));
  await cluster.run(web('a', 2));
  await cluster.run(web('b', 2));
  await cluster.advance(9 * minute, minute);
  assert.equal(latest(cluster)[0], 'running');
  await cluster.advance(2 * minute, minute);
  assert.deepEqual(latest(cluster), ['failed', 'Failed due to progress deadline']);
  assert.deepEqual(versions(cluster), [0, 1]);
  assert.equal(cluster.job('web').Stable, false);
  const { index } = cluster.state;
  await cluster.advance(30 * minute, minute);
  assert.equal(cluster.state.index, index);
});

test('auto_revert goes back to the stable version and runs it', async (t) => {
  const cluster = await clusterWith(t, (version) => ({
    status: 'running',
    healthy: version !== 'bad' ? true : null,
  }));
  await cluster.run(web('good', 3, { AutoRevert: true }));
  await cluster.register(web('bad', 3, { AutoRevert: true }), {
    Submission: {
      Source: 'bad',
      Format: 'hcl2',
      VariableFlags: null,
      Variables: '',
      Namespace: 'default',
      JobID: 'web',
      Version: 0,
      JobModifyIndex: 0,
    },
  });
  await cluster.settle();
  assert.deepEqual(versions(cluster), [0, 0, 1]);
  await cluster.advance(11 * minute, minute);
  const job = cluster.job('web');
  assert.equal(job.Version, 2);
  assert.equal(job.TaskGroups?.[0]?.Tasks?.[0]?.Env?.['VERSION'], 'good');
  assert.deepEqual(versions(cluster), [2, 2, 2]);
  assert.equal(job.Stable, true);
  const failed = cluster.deployments('web').find((d) => d.JobVersion === 1);
  assert.deepEqual(
    [failed?.Status, failed?.StatusDescription],
    ['failed', 'Failed due to progress deadline - rolling back to job version 0'],
  );
  const reverting = cluster.evals('web').find((e) => e.JobModifyIndex === job.JobModifyIndex);
  assert.deepEqual(
    [reverting?.TriggeredBy, reverting?.CreateIndex],
    ['deployment-watcher', failed?.ModifyIndex],
    'created in the commit that failed the deployment',
  );
});

test('auto_revert does not go round in circles when the stable version fails as well', async (t) => {
  let world: 'kind' | 'hostile' = 'kind';
  const cluster = await clusterWith(t, () => ({
    status: 'running',
    healthy: world === 'kind' ? true : null,
  }));
  await cluster.run(web('a', 2, { AutoRevert: true }));
  world = 'hostile';
  await cluster.run(web('b', 2, { AutoRevert: true }));
  await cluster.advance(60 * minute, minute);
  assert.equal(cluster.job('web').Version, 2, 'one way back');
  assert.deepEqual(latest(cluster), [
    'failed',
    'Failed due to progress deadline - not rolling back to stable job version 0 as current job has same specification',
  ]);
});

test('auto_revert without a stable version says so', async (t) => {
  const cluster = await clusterWith(t, () => ({ status: 'running', healthy: null }));
  await cluster.run(web('a', 1, { AutoRevert: true }));
  await cluster.advance(11 * minute, minute);
  assert.deepEqual(latest(cluster), [
    'failed',
    'Failed due to progress deadline - no stable job version to auto revert to',
  ]);
  assert.equal(cluster.job('web').Version, 0);
});

test('without progress deadline the first unhealthy allocation fails the deployment', async (t) => {
  const cluster = await clusterWith(t, (version) => ({ status: 'running', healthy: version === 'a' }));
  await cluster.run(web('a', 2, { ProgressDeadline: 0 }));
  await cluster.run(web('b', 2, { ProgressDeadline: 0 }));
  assert.deepEqual(latest(cluster), ['failed', 'Failed due to unhealthy allocations']);
  assert.deepEqual(versions(cluster), [0, 1]);
});

test('an allocation that fails during a deployment is replaced within its deadline', async (t) => {
  let attempts = 0;
  const cluster = await clusterWith(t);
  await cluster.run(web('a', 1));
  for (const node of cluster.nodes)
    node.outcome = (alloc) => {
      if (alloc.Job?.Version !== 1) return { status: 'running', healthy: true };
      if (alloc.PreviousAllocation === '' || attempts > 0) return { status: 'running', healthy: true };
      attempts += 1;
      return { status: 'failed', healthy: false };
    };
  await cluster.run(web('b', 1));
  await cluster.advance(30 * second, 5 * second);
  assert.equal(attempts, 1);
  assert.equal(latest(cluster)[0], 'successful');
  assert.deepEqual(versions(cluster), [1]);
});

test('canaries wait for a user, or promote themselves', async (t) => {
  for (const AutoPromote of [false, true]) {
    const cluster = await clusterWith(t);
    await cluster.run(web('a', 3, { Canary: 1, AutoPromote }));
    await cluster.run(web('b', 3, { Canary: 1, AutoPromote }));
    if (!AutoPromote) {
      assert.deepEqual(versions(cluster), [0, 0, 0, 1]);
      assert.deepEqual(latest(cluster), ['running', 'Deployment is running but requires manual promotion']);
      await cluster.advance(30 * minute, minute);
      assert.equal(latest(cluster)[0], 'running', 'promotion has no deadline');
      const [deployment] = cluster.deployments('web');
      const reply = await cluster.call(Deployment_Promote, { DeploymentID: deployment?.ID ?? '', All: true });
      assert.ok(reply.EvalID);
      await cluster.settle();
    }
    assert.deepEqual(versions(cluster), [1, 1, 1]);
    assert.equal(latest(cluster)[0], 'successful');
  }
});

test('a paused deployment stands still, and has its whole time again when it goes on', async (t) => {
  let healthy: boolean | null = true;
  const cluster = await clusterWith(t, () => ({ status: 'running', healthy }));
  await cluster.run(web('a', 3));
  healthy = null;
  await cluster.run(web('b', 3));
  const DeploymentID = cluster.deployments('web')[0]?.ID ?? '';
  await cluster.call(Deployment_Pause, { DeploymentID, Pause: true });
  await cluster.advance(30 * minute, minute);
  assert.deepEqual(latest(cluster), ['paused', 'Deployment is paused']);
  await cluster.call(Deployment_Pause, { DeploymentID, Pause: false });
  await cluster.advance(9 * minute, minute);
  assert.equal(latest(cluster)[0], 'running');
  healthy = true;
  await cluster.settle();
  assert.equal(latest(cluster)[0], 'successful');
  assert.deepEqual(versions(cluster), [1, 1, 1]);
  await assert.rejects(cluster.call(Deployment_Pause, { DeploymentID, Pause: true }), {
    status: 500,
    message: "can't pause terminal deployment",
  });
});

test('a user fails a deployment; with auto_revert the job goes back', async (t) => {
  for (const AutoRevert of [false, true]) {
    const cluster = await clusterWith(t, (version) => ({
      status: 'running',
      healthy: version === 'a' ? true : null,
    }));
    await cluster.run(web('a', 2, { AutoRevert }));
    await cluster.run(web('b', 2, { AutoRevert }));
    const DeploymentID = cluster.deployments('web')[0]?.ID ?? '';
    const reply = await cluster.call(Deployment_Fail, { DeploymentID });
    assert.equal(reply.RevertedJobVersion, AutoRevert ? 0 : null);
    assert.equal(cluster.state.evaluation(reply.EvalID)?.TriggeredBy, 'deployment-watcher');
    await cluster.settle();
    assert.equal(cluster.job('web').Version, AutoRevert ? 2 : 1);
    assert.deepEqual(versions(cluster), AutoRevert ? [2, 2] : [0, 1]);
  }
});

test('a user says which allocations are healthy', async (t) => {
  const cluster = await clusterWith(t, () => ({ status: 'running', healthy: null }));
  await cluster.run(web('a', 2));
  const DeploymentID = cluster.deployments('web')[0]?.ID ?? '';
  const ids = cluster.live('web').map((alloc) => alloc.ID);
  await cluster.call(Deployment_SetAllocHealth, { DeploymentID, HealthyAllocationIDs: ids });
  await cluster.settle();
  assert.equal(latest(cluster)[0], 'successful');
  await cluster.run(web('b', 2, { AutoRevert: true }));
  const [next] = cluster.deployments('web');
  const placed = cluster.live('web').find((alloc) => alloc.DeploymentID === next?.ID);
  const reply = await cluster.call(Deployment_SetAllocHealth, {
    DeploymentID: next?.ID ?? '',
    UnhealthyAllocationIDs: [placed?.ID ?? ''],
  });
  assert.equal(reply.RevertedJobVersion, 0);
  assert.equal(cluster.job('web').Version, 2);
});

test('a newer version and a stopped job cancel the deployment', async (t) => {
  const cluster = await clusterWith(t, () => ({ status: 'running', healthy: null }));
  await cluster.run(web('a', 2));
  await cluster.run(web('b', 2));
  const [second_, first] = cluster.deployments('web');
  assert.deepEqual(
    [first?.Status, first?.StatusDescription],
    ['cancelled', 'Cancelled due to newer version of job'],
  );
  assert.equal(second_?.Status, 'running');
  await cluster.stopJob('web');
  assert.deepEqual(latest(cluster), ['cancelled', 'Cancelled because job is stopped']);
});

test('revert by hand: to another version only, and only from the version that was meant', async (t) => {
  const cluster = await clusterWith(t);
  await cluster.run(web('a', 1));
  await cluster.run(web('b', 1));
  const revert = (
    JobVersion: number,
    EnforcePriorVersion: number | null = null,
  ): Promise<{ EvalID: string }> =>
    cluster.call(Job_Revert, { JobID: 'web', JobVersion, EnforcePriorVersion });
  await assert.rejects(revert(1), { status: 500, message: "can't revert to current version" });
  await assert.rejects(revert(7), {
    status: 500,
    message: 'job "web" in namespace "default" at version 7 not found',
  });
  await assert.rejects(revert(0, 0), {
    status: 500,
    message: 'Current job has version 1; enforcing version 0',
  });
  assert.ok((await revert(0, 1)).EvalID);
  await cluster.settle();
  assert.equal(cluster.job('web').Version, 2);
  assert.equal(cluster.job('web').TaskGroups?.[0]?.Tasks?.[0]?.Env?.['VERSION'], 'a');
  await cluster.call(Job_Stable, { JobID: 'web', JobVersion: 1, Stable: true });
  assert.equal(cluster.state.jobVersion('default', 'web', 1)?.Stable, true);
  await assert.rejects(cluster.call(Job_Stable, { JobID: 'web', JobVersion: 9, Stable: true }), {
    status: 500,
  });
});

test('a deployment goes on after a new leader took over between report and step', async (t) => {
  const cluster = await clusterWith(t, () => ({ status: 'running', healthy: null }));
  await cluster.run(web('a', 2));
  // it stops as soon as the reports are stored
  const { store } = cluster.server.context;
  let died: Promise<void> | undefined;
  store.onCommit(({ changes }) => {
    if (changes.some(({ table }) => table === 'allocs')) died ??= cluster.server.stop();
  });
  for (const node of cluster.nodes) node.outcome = () => ({ status: 'running', healthy: true });
  for (const node of cluster.nodes) await node.sync().catch(() => {});
  await died;
  assert.equal(cluster.deployments('web')[0]?.Status, 'running');
  await cluster.restart();
  await cluster.settle();
  assert.equal(latest(cluster)[0], 'successful');
});
