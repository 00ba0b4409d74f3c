// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DrainStrategy, type Node, zeroTime } from '@serai/api';
import { mockAlloc, mockEval, mockNode, TestState } from '#testing';
import { updateAllocsFromClient } from './alloc/alloc.ts';
import {
  deleteNodes,
  updateNodeDrain,
  updateNodeEligibility,
  updateNodeStatus,
  upsertNode,
  upsertNodeEvents,
} from './node.ts';

const nowIso = '2026-01-01T00:00:00Z';
const base = mockNode({ ID: 'n1', SecretID: 's1', NodePool: 'gpu' });
const drain: DrainStrategy = {
  Deadline: 3600e9,
  IgnoreSystemJobs: false,
  ForceDeadline: zeroTime,
  StartedAt: nowIso,
};

function registered(): TestState {
  const state = new TestState();
  state.write((tx) => upsertNode(tx, { node: base, nowIso }));
  return state;
}
function node(state: TestState): Node {
  const found = state.snapshot.node('n1');
  assert.ok(found);
  return found;
}
const messages = (state: TestState): string[] => (node(state).Events ?? []).map(({ Message }) => Message);

describe('registering a node', () => {
  test('sets indexes, adds the first event and creates its pool', () => {
    const state = registered();
    assert.deepEqual([node(state).CreateIndex, node(state).ModifyIndex], [1, 1]);
    assert.deepEqual(node(state).Events, [
      { Message: 'Node registered', Subsystem: 'Cluster', Details: null, Timestamp: nowIso, CreateIndex: 1 },
    ]);
    assert.equal(state.snapshot.nodePool('gpu')?.CreateIndex, 1);
  });

  test('again takes what the client knows and keeps what the server owns', () => {
    const state = registered();
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain, nowIso }));
    state.write((tx) =>
      upsertNode(tx, {
        node: {
          ...base,
          Name: 'renamed',
          Events: null,
          SchedulingEligibility: 'eligible',
          DrainStrategy: null,
        },
        nowIso,
      }),
    );
    const stored = node(state);
    assert.deepEqual(
      [stored.Name, stored.SchedulingEligibility, stored.DrainStrategy?.Deadline, stored.LastDrain?.Status],
      ['renamed', 'ineligible', 3600e9, 'draining'],
    );
    assert.deepEqual([stored.CreateIndex, stored.ModifyIndex], [1, 3]);
    assert.deepEqual(messages(state), ['Node registered']);
  });

  test('after it was down is an event', () => {
    const state = registered();
    state.write((tx) => updateNodeStatus(tx, { nodeId: 'n1', status: 'down', updatedAt: 9 }));
    state.write((tx) => upsertNode(tx, { node: base, nowIso }));
    assert.deepEqual(messages(state), ['Node registered', 'Node re-registered']);
  });

  test('with another secret is refused', () => {
    const state = registered();
    assert.throws(
      () => state.write((tx) => upsertNode(tx, { node: { ...base, SecretID: 'other' }, nowIso })),
      {
        code: 'denied',
      },
    );
    assert.equal(state.snapshot.nodeBySecret('s1')?.ID, 'n1');
  });

  test('creates evaluations with the node index', () => {
    const state = new TestState();
    state.write((tx) => upsertNode(tx, { node: base, nowIso, evals: [mockEval({ ID: 'e' })] }));
    assert.equal(state.snapshot.evaluation('e')?.NodeModifyIndex, 1);
  });
});

describe('status', () => {
  test('a missed heartbeat is remembered until the node reports its allocations', () => {
    const state = registered();
    state.write((tx) => tx.put('allocs', mockAlloc({ ID: 'a', NodeID: 'n1' })));
    const reports = (): void => {
      const alloc = state.snapshot.alloc('a');
      assert.ok(alloc);
      state.write((tx) => updateAllocsFromClient(tx, { allocs: [alloc], nowNs: 5 }));
    };
    reports();
    assert.equal(node(state).ModifyIndex, 1);
    state.write((tx) => updateNodeStatus(tx, { nodeId: 'n1', status: 'disconnected', updatedAt: 44 }));
    assert.deepEqual([node(state).LastMissedHeartbeatIndex, node(state).StatusUpdatedAt], [4, 44]);
    state.write((tx) => updateNodeStatus(tx, { nodeId: 'n1', status: 'disconnected', updatedAt: 45 }));
    assert.equal(node(state).LastMissedHeartbeatIndex, 4);
    reports();
    assert.equal(node(state).LastAllocUpdateIndex, 6);
  });

  test('carries event, description and evaluations', () => {
    const state = registered();
    state.write((tx) =>
      updateNodeStatus(tx, {
        nodeId: 'n1',
        status: 'down',
        description: 'no heartbeat',
        updatedAt: 3,
        event: { message: 'Node heartbeat missed', subsystem: 'Cluster', timestamp: nowIso },
        evals: [mockEval({ ID: 'e' })],
      }),
    );
    assert.equal(node(state).StatusDescription, 'no heartbeat');
    assert.deepEqual(messages(state), ['Node registered', 'Node heartbeat missed']);
    assert.equal(state.snapshot.evaluation('e')?.NodeModifyIndex, 2);
  });

  test('of an unknown node is an error', () => {
    const state = new TestState();
    assert.throws(
      () => state.write((tx) => updateNodeStatus(tx, { nodeId: 'x', status: 'down', updatedAt: 1 })),
      {
        code: 'not-found',
        message: 'node not found',
      },
    );
  });
});

describe('drain and eligibility', () => {
  test('draining makes a node ineligible and records who asked', () => {
    const state = registered();
    state.write((tx) =>
      updateNodeDrain(tx, { nodeId: 'n1', drain, nowIso, meta: { message: 'kernel' }, accessorId: 'token' }),
    );
    assert.equal(node(state).SchedulingEligibility, 'ineligible');
    assert.deepEqual(node(state).LastDrain, {
      StartedAt: nowIso,
      UpdatedAt: nowIso,
      Status: 'draining',
      AccessorID: 'token',
      Meta: { message: 'kernel' },
    });
  });

  test('canceling keeps it ineligible unless asked otherwise; completing says so', () => {
    const later = '2026-01-01T00:05:00Z';
    const state = registered();
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain, nowIso, accessorId: 'token' }));
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain: null, nowIso: later }));
    assert.deepEqual(
      [node(state).DrainStrategy, node(state).SchedulingEligibility, node(state).LastDrain?.Status],
      [null, 'ineligible', 'canceled'],
    );
    assert.deepEqual([node(state).LastDrain?.StartedAt, node(state).LastDrain?.UpdatedAt], [nowIso, later]);
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain, nowIso: later }));
    state.write((tx) =>
      updateNodeDrain(tx, { nodeId: 'n1', drain: null, complete: true, markEligible: true, nowIso: later }),
    );
    assert.deepEqual(
      [node(state).SchedulingEligibility, node(state).LastDrain?.Status],
      ['eligible', 'complete'],
    );
  });

  test('changing a running drain keeps its start', () => {
    const state = registered();
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain, nowIso }));
    const longer = { ...drain, Deadline: 7200e9, StartedAt: '2026-01-01T00:09:00Z' };
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain: longer, nowIso: '2026-01-01T00:09:00Z' }));
    assert.deepEqual(
      [node(state).DrainStrategy?.Deadline, node(state).DrainStrategy?.StartedAt],
      [7200e9, nowIso],
    );
  });

  test('a draining node can not be made eligible', () => {
    const state = registered();
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain, nowIso }));
    assert.throws(
      () => state.write((tx) => updateNodeEligibility(tx, { nodeId: 'n1', eligibility: 'eligible' })),
      {
        code: 'conflict',
      },
    );
    state.write((tx) => updateNodeDrain(tx, { nodeId: 'n1', drain: null, nowIso }));
    state.write((tx) => updateNodeEligibility(tx, { nodeId: 'n1', eligibility: 'eligible' }));
    assert.equal(node(state).SchedulingEligibility, 'eligible');
  });
});

describe('events', () => {
  test('the first and the newest nine are kept', () => {
    const state = registered();
    for (let i = 0; i < 15; i++) {
      const event = { message: `event ${i}`, subsystem: 'Driver', timestamp: nowIso };
      state.write((tx) =>
        upsertNodeEvents(
          tx,
          new Map([
            ['n1', [event]],
            ['gone', [event]],
            ['none', []],
          ]),
        ),
      );
    }
    assert.deepEqual(messages(state), [
      'Node registered',
      ...[6, 7, 8, 9, 10, 11, 12, 13, 14].map((i) => `event ${i}`),
    ]);
    assert.equal(node(state).Events?.at(-1)?.CreateIndex, state.index);
  });
});

describe('purging', () => {
  test('takes the node, keeps its allocations, creates evaluations', () => {
    const state = registered();
    state.write((tx) => tx.put('allocs', mockAlloc({ ID: 'a', NodeID: 'n1' })));
    state.write((tx) => deleteNodes(tx, ['n1'], [mockEval({ ID: 'e' })]));
    assert.equal(state.snapshot.node('n1'), undefined);
    assert.equal(state.snapshot.nodeBySecret('s1'), undefined);
    assert.equal(state.snapshot.allocsByNode('n1').length, 1);
    assert.ok(state.snapshot.evaluation('e'));
    assert.throws(() => state.write((tx) => deleteNodes(tx, ['n1'])), { code: 'not-found' });
  });
});
