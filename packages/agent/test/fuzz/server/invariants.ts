// SPDX-License-Identifier: MPL-2.0
// What must hold for a server whenever it is at rest, whatever happened before.

import assert from 'node:assert/strict';
import type { Allocation, Job } from '@serai/api';
import { isTerminal } from '#model';
import { allocsFit } from '#scheduler';
import type { TestCluster } from '#testing';

export function checkAtRest(cluster: TestCluster): void {
  nodesHold(cluster);
  nothingOfStoppedJobsRuns(cluster);
  namesAreUnique(cluster);
  nothingIsForgotten(cluster);
}

/**
 * No node has promised more than it has, no port twice. What was told to stop holds its room against other jobs, but not
 * against its own replacement, which its client starts after it.
 */
function nodesHold(cluster: TestCluster): void {
  for (const node of cluster.state.nodes()) {
    const present = cluster.state.allocsByNode(node.ID).filter((alloc) => !isTerminal(alloc));
    const verdict = allocsFit(node, [], present);
    assert.ok(verdict.fits, `node ${node.Name}: ${verdict.reason}`);
  }
}

/** A job that is stopped or gone has no allocation that should run. */
function nothingOfStoppedJobsRuns(cluster: TestCluster): void {
  for (const alloc of cluster.state.allocsByCreation()) {
    const job = cluster.state.job(alloc.Namespace, alloc.JobID);
    if (job && !job.Stop) continue;
    assert.ok(isTerminal(alloc), `${alloc.Name} of a job that is over should run`);
  }
}

/** Two running allocations of one name: only a canary beside the one it will replace, or one that waits for its client. */
function namesAreUnique(cluster: TestCluster): void {
  const seen = new Map<string, Allocation>();
  for (const alloc of cluster.state.allocsByCreation()) {
    if (isTerminal(alloc) || alloc.ClientStatus === 'unknown' || alloc.DeploymentStatus?.Canary) continue;
    if (alloc.Job?.Type === 'system' || alloc.Job?.Type === 'sysbatch') continue;
    const other = seen.get(alloc.Name);
    assert.ok(!other, `${alloc.Name} runs twice: ${other?.ID} and ${alloc.ID}`);
    seen.set(alloc.Name, alloc);
  }
}

/** Each open evaluation is with somebody who will do something about it. */
function nothingIsForgotten(cluster: TestCluster): void {
  const { blocked, broker } = cluster.server.context;
  for (const evaluation of cluster.state.openEvals('blocked')) {
    assert.ok(blocked.has(evaluation.ID), `blocked evaluation of ${evaluation.JobID} is with nobody`);
  }
  assert.equal(blocked.stats().blocked, cluster.state.openEvals('blocked').length);
  const nowMs = cluster.clock.nowMs();
  const due = cluster.state
    .openEvals('pending')
    .filter((evaluation) => !(Date.parse(evaluation.WaitUntil) > nowMs));
  assert.deepEqual(due, [], 'an evaluation is due and nobody works on it');
  assert.equal(broker.stats().waiting, cluster.state.openEvals('pending').length);
}

/** With room for everything each job has what it asks for. */
export function checkComplete(cluster: TestCluster, job: Job): void {
  if (job.Type === 'system') {
    for (const node of cluster.state.nodes()) {
      if (node.Status !== 'ready' || node.SchedulingEligibility !== 'eligible') continue;
      const waits = cluster.blockedEvals().some((e) => e.JobID === job.ID && e.NodeID === node.ID);
      if (waits) continue;
      const there = cluster.live(job.ID).filter((alloc) => alloc.NodeID === node.ID);
      assert.equal(there.length, 1, `${job.ID} on ${node.Name}`);
    }
    return;
  }
  const group = job.TaskGroups?.[0];
  assert.equal(cluster.live(job.ID).length, group?.Count, `${job.ID} has not its count`);
}
