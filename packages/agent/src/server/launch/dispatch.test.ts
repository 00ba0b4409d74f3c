// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Job, make, ParameterizedJobConfig, PeriodicConfig } from '@serai/api';
import { AppError } from '#base';
import { mockBatchJob } from '#testing';
import type { Stamp } from '../stamp.ts';
import { type Dispatch, dispatchedChild, periodicChild } from './child-job.ts';
import {
  checkDispatch,
  dispatchable,
  maxIdempotencyTokenLength,
  maxIdPrefixLength,
  maxPayloadBytes,
} from './dispatch-check.ts';

const nowMs = Date.UTC(2026, 0, 1);
const stamp: Stamp = {
  nowMs,
  nowNs: nowMs * 1e6,
  nowIso: new Date(nowMs).toISOString(),
  uuid: () => 'f00dcafe-0000-4000-8000-000000000000',
};

function parameterized(fields: Partial<ParameterizedJobConfig> = {}, job: Partial<Job> = {}): Job {
  const ParameterizedJob = make(ParameterizedJobConfig, { Payload: 'optional', ...fields });
  return mockBatchJob({ ID: 'encode', ParameterizedJob, Meta: null, ...job });
}

const request = (fields: Partial<Dispatch> = {}): Dispatch => ({
  payload: null,
  meta: null,
  idPrefix: '',
  idempotencyToken: '',
  ...fields,
});

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.status, 500);
    return error.message;
  }
  return assert.fail('was accepted');
}

const check = (job: Job, fields: Partial<Dispatch>): string =>
  refusal(() => checkDispatch(job, request(fields)));
const ofBytes = (length: number): string => Buffer.alloc(length, 7).toString('base64');

describe('which jobs can be dispatched', () => {
  test('parameterized ones', () => {
    const job = parameterized();
    assert.equal(dispatchable(job, 'encode'), job);
  });

  test('not those that are missing, of another kind, dispatched themselves, or stopped', () => {
    const tell = (job: Job | undefined): string => refusal(() => dispatchable(job, 'encode'));
    assert.equal(tell(undefined), 'parameterized job not found');
    assert.equal(tell(mockBatchJob()), 'Specified job "encode" is not a parameterized job');
    assert.equal(
      tell(parameterized({}, { Dispatched: true })),
      'Specified job "encode" is not a parameterized job',
    );
    assert.equal(tell(parameterized({}, { Stop: true })), 'Specified job "encode" is stopped');
  });
});

describe('the payload of a dispatch', () => {
  test('may be there or not, as the job says', () => {
    checkDispatch(parameterized({ Payload: 'optional' }), request());
    checkDispatch(parameterized({ Payload: 'optional' }), request({ payload: 'aGk=' }));
    checkDispatch(parameterized({ Payload: 'required' }), request({ payload: 'aGk=' }));
    checkDispatch(parameterized({ Payload: 'forbidden' }), request());
    for (const payload of [null, '']) {
      assert.equal(
        check(parameterized({ Payload: 'required' }), { payload }),
        'Payload is not provided but required by parameterized job',
      );
    }
    assert.equal(
      check(parameterized({ Payload: 'forbidden' }), { payload: 'aGk=' }),
      'Payload provided but forbidden by parameterized job',
    );
  });

  test('has at most 16 KiB, counted after base64', () => {
    checkDispatch(parameterized(), request({ payload: ofBytes(maxPayloadBytes) }));
    assert.equal(
      check(parameterized(), { payload: ofBytes(maxPayloadBytes + 1) }),
      'Payload exceeds maximum size; 16385 > 16384',
    );
  });
});

describe('the metadata of a dispatch', () => {
  const job = parameterized({ MetaRequired: ['input', 'owner'], MetaOptional: ['quality'] });

  test('has all required keys and no others than those and the optional ones', () => {
    checkDispatch(job, request({ meta: { input: 'a', owner: 'b' } }));
    checkDispatch(job, request({ meta: { input: 'a', owner: 'b', quality: 'c' } }));
    checkDispatch(parameterized({ MetaRequired: null, MetaOptional: null }), request({ meta: {} }));
  });

  test('an empty value is a value', () => {
    checkDispatch(job, request({ meta: { input: '', owner: '' } }));
  });

  test('wrong keys are named in order', () => {
    assert.equal(
      check(job, { meta: { input: 'a', owner: 'b', zebra: '1', ape: '2' } }),
      'Dispatch request included unpermitted metadata keys: [ape zebra]',
    );
    assert.equal(check(job, { meta: null }), 'Dispatch did not provide required meta keys: [input owner]');
    assert.equal(
      check(job, { meta: { owner: 'b' } }),
      'Dispatch did not provide required meta keys: [input]',
    );
  });

  test('names of built-in properties are keys like any other', () => {
    assert.match(check(parameterized(), { meta: { constructor: 'x' } }), /unpermitted .*\[constructor\]/);
    assert.match(
      check(parameterized({ MetaRequired: ['toString'] }), { meta: {} }),
      /required .*\[toString\]/,
    );
  });
});

describe('the rest of a dispatch', () => {
  test('prefix and token have bounds', () => {
    const job = parameterized();
    checkDispatch(
      job,
      request({
        idPrefix: 'p'.repeat(maxIdPrefixLength),
        idempotencyToken: 't'.repeat(maxIdempotencyTokenLength),
      }),
    );
    assert.match(check(job, { idPrefix: 'p'.repeat(maxIdPrefixLength + 1) }), /longer than 128 characters/);
    assert.match(check(job, { idPrefix: 'a b' }), /contains a space/);
    assert.match(check(job, { idPrefix: 'a\0' }), /null character/);
    assert.match(
      check(job, { idempotencyToken: 't'.repeat(maxIdempotencyTokenLength + 1) }),
      /longer than 256 characters/,
    );
  });
});

describe('a dispatched job', () => {
  test('is the parent with a name, payload and metadata of its own', () => {
    const parent = parameterized(
      { MetaOptional: ['quality'] },
      { Meta: { team: 'video', quality: 'low' }, Version: 3, Stable: true, Status: 'running' },
    );
    const child = dispatchedChild(
      parent,
      request({ payload: 'aGk=', meta: { quality: 'high' }, idempotencyToken: 'once' }),
      stamp,
    );
    assert.equal(child.ID, 'encode/dispatch-1767225600-f00dcafe');
    assert.deepEqual([child.Name, child.ParentID], [child.ID, 'encode']);
    assert.deepEqual([child.Dispatched, child.DispatchIdempotencyToken], [true, 'once']);
    assert.deepEqual([child.Payload, child.Meta], ['aGk=', { team: 'video', quality: 'high' }]);
    assert.deepEqual([child.Status, child.Stable, child.SubmitTime], ['', false, nowMs * 1e6]);
    assert.equal(child.ParameterizedJob, parent.ParameterizedJob);
    assert.equal(child.TaskGroups, parent.TaskGroups);
    assert.deepEqual(parent.Meta, { team: 'video', quality: 'low' }, 'the parent is left as it is');
  });

  test('has the prefix that was asked for', () => {
    const child = dispatchedChild(parameterized(), request({ idPrefix: 'nightly' }), stamp);
    assert.equal(child.ID, 'encode/dispatch-nightly-1767225600-f00dcafe');
  });

  test('has neither payload nor metadata when there are none', () => {
    const child = dispatchedChild(parameterized(), request({ payload: '', meta: {} }), stamp);
    assert.deepEqual([child.Payload, child.Meta], [null, null]);
  });
});

describe('a job that was launched by the clock', () => {
  test('is the parent, named for the moment, and not periodic itself', () => {
    const Periodic = make(PeriodicConfig, { Enabled: true, Specs: ['@daily'], SpecType: 'cron' });
    const parent = mockBatchJob({ ID: 'backup', Periodic, Version: 4, Stable: true });
    const child = periodicChild(parent, nowMs, stamp);
    assert.equal(child.ID, 'backup/periodic-1767225600');
    assert.deepEqual([child.Name, child.ParentID, child.Periodic], [child.ID, 'backup', null]);
    assert.deepEqual([child.Stable, child.Status], [false, '']);
  });
});
