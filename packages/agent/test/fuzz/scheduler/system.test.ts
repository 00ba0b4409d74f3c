// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, make, Resources } from '@serai/api';
import fc from 'fast-check';
import { mockSysbatchJob, mockSystemJob, mockTask, mockTaskGroup, SchedulerHarness } from '#testing';
import { assertFits } from './invariants.ts';
import { nodeOf, nodeSpec } from './worlds.ts';

const cluster = fc.array(nodeSpec, { minLength: 1, maxLength: 10, size: 'max' });
const memory = fc.constantFrom(50, 200, 300, 600);

function jobOf(type: string, memoryMb: number, version: number): Job {
  const make1 = type === 'system' ? mockSystemJob : mockSysbatchJob;
  return make1({
    ID: 'sys',
    Datacenters: ['*'],
    Constraints: [{ LTarget: '${meta.rack}', Operand: '!=', RTarget: 'r3' }],
    TaskGroups: [
      mockTaskGroup({
        Count: 1,
        Networks: null,
        Tasks: [
          mockTask({
            Env: { VERSION: String(version) },
            Resources: make(Resources, { CPU: 20, MemoryMB: memoryMb }),
          }),
        ],
      }),
    ],
  });
}

const types = fc.constantFrom('system', 'sysbatch');

test('every node that will do and has room runs it once', () => {
  fc.assert(
    fc.property(cluster, types, memory, (nodes, type, memoryMb) => {
      const harness = new SchedulerHarness();
      harness.putNodes(...nodes.map(nodeOf));
      const job = harness.putJob(jobOf(type, memoryMb, 1));
      const outcome = harness.evaluate(job);
      let full = 0;
      for (const [i, spec] of nodes.entries()) {
        const id = `node-${String(i).padStart(2, '0')}`;
        const meant = spec.status === 'ready' && spec.eligible && spec.rack !== 'r3';
        const fits = spec.memory >= memoryMb && spec.disk >= 150;
        if (meant && !fits) full++;
        assert.equal(harness.allocsByNode(id).length, meant && fits ? 1 : 0, id);
      }
      assert.equal(outcome.created.length, full);
      assert.equal(outcome.evaluation.QueuedAllocations?.['web'], full);
      assert.deepEqual(harness.evaluate(job).plans, []);
    }),
    { numRuns: 150 },
  );
});

test('through updates, failures and nodes that come and go it settles', () => {
  const change = fc.record({
    node: fc.nat(9),
    what: fc.constantFrom('down', 'ready', 'fail', 'complete', 'version', 'close'),
    memory,
  });
  fc.assert(
    fc.property(cluster, types, fc.array(change, { maxLength: 20, size: 'max' }), (nodes, type, changes) => {
      const harness = new SchedulerHarness();
      harness.putNodes(...nodes.map(nodeOf));
      harness.putJob(jobOf(type, 50, 0));
      for (const [i, { node, what, memory: memoryMb }] of changes.entries()) {
        const id = `node-${String(node % nodes.length).padStart(2, '0')}`;
        const [alloc] = harness.allocsByNode(id).filter((item) => item.ClientStatus === 'pending');
        if (what === 'down' || what === 'ready') harness.updateNode(id, { Status: what });
        else if (what === 'close') harness.updateNode(id, { SchedulingEligibility: 'ineligible' });
        else if (what === 'version') harness.putJob(jobOf(type, memoryMb, i + 1));
        else if (alloc)
          harness.updateAlloc(alloc.ID, { ClientStatus: what === 'fail' ? 'failed' : 'complete' });
        const job = harness.job('default', 'sys');
        assert.ok(job);
        harness.evaluate(job);
        for (const item of harness.nodes()) {
          const wanted = harness
            .allocsByNode(item.ID)
            .filter((a) => a.DesiredStatus === 'run' && a.ClientStatus === 'pending');
          assertFits(item, wanted);
          assert.ok(wanted.length <= 1, `${item.ID} runs ${wanted.length}`);
        }
        assert.deepEqual(harness.evaluate(job).plans, []);
      }
    }),
    { numRuns: 100 },
  );
});
