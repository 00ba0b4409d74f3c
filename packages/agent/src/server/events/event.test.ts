// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Deployment, DeploymentState, type Job, make, type Node, NodePool } from '@serai/api';
import { type CommittedOperation, type Tx, upsertJob } from '#state';
import { mockAlloc, mockEval, mockJob, mockNode, TestState } from '#testing';
import { type Event, eventJson, eventsOf } from './event.ts';
import { typeOfOperation } from './event-type.ts';

/** Events of one operation on this state. */
function events(state: TestState, name: string, operation: (tx: Tx) => unknown): Event[] {
  let seen: readonly CommittedOperation[] = [];
  const remove = state.store.onCommit(({ operations }) => {
    seen = operations;
  });
  state.write(operation, name);
  remove();
  return eventsOf(seen);
}

const shown = (list: readonly Event[]): string[] =>
  list.map(({ topic, type, key }) => `${topic} ${type} ${key}`);

const put = (job: Job) => (tx: Tx) => upsertJob(tx, { job, evals: [mockEval({ ID: 'e', JobID: job.ID })] });

describe('events of a commit', () => {
  test('a write has one type in all its topics', () => {
    const state = new TestState();
    const list = events(state, 'register job', put(mockJob({ ID: 'web' })));
    assert.deepEqual(shown(list), ['Job JobRegistered web', 'Evaluation JobRegistered e']);
    const [job, evaluation] = list;
    assert.ok(job && evaluation);
    assert.deepEqual([job.namespace, job.filterKeys], ['default', null]);
    assert.deepEqual(evaluation.filterKeys, ['web', '']);
    assert.deepEqual(Object.keys(eventJson(job, 7)), [
      'Topic',
      'Type',
      'Key',
      'Namespace',
      'FilterKeys',
      'Index',
      'Payload',
    ]);
    assert.deepEqual(job.payload(), { Job: state.snapshot.job('default', 'web') });
  });

  test('operations of one commit keep their own types', () => {
    const first = new TestState();
    const second = new TestState();
    const both: CommittedOperation[] = [];
    for (const state of [first, second]) state.store.onCommit(({ operations }) => both.push(...operations));
    first.write((tx) => tx.put('nodes', mockNode({ ID: 'n' })), 'register node');
    second.write((tx) => tx.put('evals', mockEval({ ID: 'e' })), 'store evaluations');
    assert.deepEqual(shown(eventsOf(both)), ['Node NodeRegistration n', 'Evaluation EvaluationUpdated e']);
  });

  test('an allocation comes without its job and without the tokens of its tasks', () => {
    const state = new TestState();
    const job = mockJob({ ID: 'web' });
    state.write(put(job));
    const stored = state.snapshot.job('default', 'web') ?? null;
    const alloc = mockAlloc({
      ID: 'a',
      JobID: 'web',
      DeploymentID: 'd',
      Job: stored,
      SignedIdentities: { web: 'secret.token' },
    });
    const [event] = events(state, 'apply plan', (tx) => tx.put('allocs', alloc));
    assert.ok(event);
    assert.deepEqual([event.type, event.filterKeys], ['PlanResult', ['web', 'd']]);
    const text = JSON.stringify(event.payload());
    assert.ok(text.includes('"Job":null') && !text.includes('secret.token'), text);
    assert.ok(state.snapshot.alloc('a')?.Job, 'the row keeps its job');
  });

  test('a node comes without its secret, and in no namespace', () => {
    const [event] = events(new TestState(), 'register node', (tx) =>
      tx.put('nodes', mockNode({ ID: 'n', SecretID: 'password' })),
    );
    assert.equal(event?.namespace, '');
    const { Node: node } = (event?.payload() ?? {}) as { Node: Node };
    assert.deepEqual([node.ID, node.SecretID], ['n', '']);
  });

  test('rows without a topic and writes that change nothing have no events', () => {
    const state = new TestState();
    state.write(put(mockJob({ ID: 'web' })));
    const summary = state.snapshot.jobSummary('default', 'web');
    assert.ok(summary);
    assert.deepEqual(
      events(state, 'reconcile job summaries', (tx) => tx.put('jobSummaries', summary)),
      [],
    );
    assert.deepEqual(
      events(state, 'register node', () => {}),
      [],
    );
  });

  test('deleting is news for nodes, pools and jobs, not for what was over long ago', () => {
    const state = new TestState();
    state.write((tx) => {
      tx.put('nodes', mockNode({ ID: 'n' }));
      tx.put('nodePools', make(NodePool, { Name: 'gpu' }));
      tx.put('evals', mockEval({ ID: 'e' }));
      tx.put('allocs', mockAlloc({ ID: 'a', Job: null }));
      upsertJob(tx, { job: mockJob({ ID: 'web' }) });
    });
    const list = events(state, 'collect things', (tx) => {
      tx.delete('nodes', 'n');
      tx.delete('nodePools', 'gpu');
      tx.delete('evals', 'e');
      tx.delete('allocs', 'a');
      tx.delete('jobs', [...tx.tables.jobs.rows.keys()][0] ?? '');
    });
    assert.deepEqual(shown(list).sort(), [
      'Job JobDeregistered web',
      'Node NodeDeregistration n',
      'NodePool NodePoolDeleted gpu',
    ]);
    const purged = list.find(({ topic }) => topic === 'Job');
    assert.ok(purged);
    assert.equal((purged.payload() as { Job: Job }).Job.ID, 'web');
  });

  test('what a new region starts with is no news', () => {
    const pool = make(NodePool, { Name: 'default' });
    assert.deepEqual(
      events(new TestState(), 'initialize state', (tx) => tx.put('nodePools', pool)),
      [],
    );
  });
});

describe('types where the operation has no name', () => {
  const unnamed = (state: TestState, operation: (tx: Tx) => unknown): string[] =>
    shown(events(state, '', operation));

  test('jobs: registered, stopped, touched', () => {
    const state = new TestState();
    const job = mockJob({ ID: 'web' });
    assert.deepEqual(unnamed(state, put(job)), ['Job JobRegistered web', 'Evaluation EvaluationUpdated e']);
    const stored = state.snapshot.job('default', 'web');
    assert.ok(stored);
    assert.deepEqual(
      unnamed(state, (tx) => tx.put('jobs', { ...stored, Status: 'dead' })),
      ['Job EvaluationUpdated web'],
    );
    assert.deepEqual(
      unnamed(state, (tx) => tx.put('jobs', { ...stored, Version: 1, Stop: true })),
      ['Job JobDeregistered web'],
    );
  });

  test('allocations: placed, reported, asked to move, stopped', () => {
    const state = new TestState();
    const alloc = mockAlloc({ ID: 'a', Job: null });
    const write = (fields: object): string | undefined =>
      unnamed(state, (tx) => tx.put('allocs', { ...(tx.alloc('a') ?? alloc), ...fields }))[0];
    assert.equal(write({}), 'Allocation PlanResult a');
    assert.equal(write({ ClientStatus: 'running' }), 'Allocation AllocationUpdated a');
    assert.equal(
      write({
        DesiredTransition: { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null },
      }),
      'Allocation AllocationUpdateDesiredStatus a',
    );
    assert.equal(write({ DesiredStatus: 'stop' }), 'Allocation PlanResult a');
  });

  test('deployments: made, moved on, promoted, healthy', () => {
    const state = new TestState();
    const group = (Promoted: boolean, HealthyAllocs: number) => ({
      web: make(DeploymentState, { Promoted, HealthyAllocs }),
    });
    const write = (fields: Partial<Deployment>): string | undefined =>
      unnamed(state, (tx) => {
        const before = tx.deployment('d') ?? make(Deployment, { ID: 'd', Status: 'running' });
        tx.put('deployments', { ...before, ...fields });
      })[0];
    assert.equal(write({ TaskGroups: group(false, 0) }), 'Deployment PlanResult d');
    assert.equal(write({ TaskGroups: group(false, 1) }), 'Deployment DeploymentAllocHealth d');
    assert.equal(write({ TaskGroups: group(true, 1) }), 'Deployment DeploymentPromotion d');
    assert.equal(write({ Status: 'successful' }), 'Deployment DeploymentStatusUpdate d');
  });

  test('nodes and pools', () => {
    const state = new TestState();
    const node = mockNode({ ID: 'n' });
    assert.deepEqual(
      unnamed(state, (tx) => tx.put('nodes', node)),
      ['Node NodeRegistration n'],
    );
    assert.deepEqual(
      unnamed(state, (tx) => tx.put('nodes', { ...node, Status: 'down' })),
      ['Node NodeStreamEvent n'],
    );
    assert.deepEqual(
      unnamed(state, (tx) => tx.put('nodePools', make(NodePool, { Name: 'gpu' }))),
      ['NodePool NodePoolUpserted gpu'],
    );
  });
});

test('every operation that has a type is one that the server runs', () => {
  const server = new URL('../', import.meta.url);
  const text = globSync('{endpoints,leader,launch}/**/*.ts', { cwd: server })
    .map((path) => readFileSync(new URL(path, server), 'utf8'))
    .join('\n');
  assert.deepEqual(
    Object.keys(typeOfOperation).filter((name) => !text.includes(`'${name}'`)),
    [],
    'a write was renamed: event-type.ts must follow',
  );
});
