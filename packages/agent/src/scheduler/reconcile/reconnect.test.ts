// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Allocation, type Job, make, TaskState } from '@serai/api';
import { harnessStartNs, mockAlloc, mockJob, mockTaskGroup } from '#testing';
import { withClientStatus } from '../alloc-rows.ts';
import { MetricCounts } from '../rank/metric-counts.ts';
import { reconnect } from './reconnect.ts';

const nowNs = harnessStartNs;

function jobWith(Reconcile: string, Version = 0): Job {
  const Disconnect = { LostAfter: 60e9, StopOnClientAfter: null, Replace: true, Reconcile };
  return mockJob({ ID: 'web', Version, TaskGroups: [mockTaskGroup({ Disconnect })] });
}

const scored = (NodeID: string, NormScore: number): Partial<Allocation> => ({
  NodeID,
  Metrics: new MetricCounts(null, 0).metric({ scores: [{ NodeID, Scores: null, NormScore }] }),
});
const started = (minutesAgo: number): Partial<Allocation> => ({
  TaskStates: {
    web: make(TaskState, { StartedAt: new Date(nowNs / 1e6 - minutesAgo * 60_000).toISOString() }),
  },
});

function outcome(job: Job, original: Partial<Allocation>, replacement?: Partial<Allocation>): string {
  const first = {
    ...withClientStatus(mockAlloc({ Job: job, ID: 'original' }), 'unknown', nowNs),
    ClientStatus: 'running',
    ...original,
  };
  const others = replacement
    ? [mockAlloc({ Job: job, ID: 'replacement', ClientStatus: 'running', ...replacement })]
    : [];
  const result = reconnect({ returning: [first], all: [first, ...others], job, nowNs });
  const stops = result.stop.map((stop) => stop.alloc.ID).join(' ');
  const kept = result.kept.map((alloc) => `${alloc.ID} ${alloc.AllocStates?.at(-1)?.Value}`).join(' ');
  return `keep ${kept || 'none'}, stop ${stops || 'none'}`;
}

test('without a replacement the original stays and its return is noted', () => {
  assert.equal(outcome(jobWith(''), {}), 'keep original running, stop none');
});

test('by default the better node wins, the original when equal', () => {
  const job = jobWith('best_score');
  assert.equal(outcome(job, scored('a', 0.5), scored('b', 0.5)), 'keep original running, stop replacement');
  assert.equal(outcome(job, scored('a', 0.5), scored('b', 0.9)), 'keep none, stop original');
  assert.equal(
    outcome(job, scored('a', 0.5), { ...scored('b', 0.9), ClientStatus: 'pending' }),
    'keep original running, stop replacement',
  );
});

test('the group may decide otherwise', () => {
  assert.equal(
    outcome(jobWith('keep_original'), scored('a', 0.1), scored('b', 0.9)),
    'keep original running, stop replacement',
  );
  assert.equal(
    outcome(jobWith('keep_replacement'), scored('a', 0.9), scored('b', 0.1)),
    'keep none, stop original',
  );
  assert.equal(
    outcome(jobWith('keep_replacement'), {}, { ClientStatus: 'pending' }),
    'keep original running, stop replacement',
  );
  assert.equal(
    outcome(jobWith('longest_running'), started(10), started(5)),
    'keep original running, stop replacement',
  );
  assert.equal(outcome(jobWith('longest_running'), started(5), started(10)), 'keep none, stop original');
});

test('a newer version wins', () => {
  const newer = jobWith('keep_original', 1);
  const result = outcome(newer, { Job: jobWith('keep_original') }, {});
  assert.equal(result, 'keep none, stop original');
});

test('an original that failed or is to go elsewhere does not stay', () => {
  const job = jobWith('keep_original');
  assert.equal(outcome(job, { ClientStatus: 'failed' }), 'keep none, stop original');
  const DesiredTransition = { Migrate: true, Reschedule: null, ForceReschedule: null, NoShutdownDelay: null };
  assert.equal(outcome(job, { DesiredTransition }), 'keep none, stop original');
  assert.equal(outcome(job, { DesiredStatus: 'stop' }), 'keep none, stop none');
});

test('others of the same name that have ended are no replacements', () => {
  assert.equal(
    outcome(jobWith('keep_replacement'), {}, { ClientStatus: 'failed' }),
    'keep original running, stop none',
  );
});
