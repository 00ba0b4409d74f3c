// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as api from '@serai/api';
import { Job_List, make, Operator_SnapshotSave, Status_Leader } from '@serai/api';
import { memoryServer, TestCluster, VirtualClock } from '#testing';
import type { Access } from './endpoint.ts';
import { metricName, serverEndpoints, serverStreams } from './register.ts';

/** Declared, but served by client agents or by whoever the caller dials. */
const servedElsewhere: Readonly<Record<string, string>> = {
  'Agent.Monitor': 'each agent serves its own logs; its own endpoint, outside of the list of a server',
  'Allocations.Exec': 'reverse call: a client serves it',
  'Allocations.GarbageCollect': 'reverse call: a client serves it',
  'Allocations.GarbageCollectAll': 'reverse call: a client serves it',
  'Allocations.Restart': 'reverse call: a client serves it',
  'Allocations.Signal': 'reverse call: a client serves it',
  'Allocations.Stats': 'reverse call: a client serves it',
};

function declaredMethods(): string[] {
  const names: string[] = [];
  for (const value of Object.values(api) as unknown[]) {
    if (typeof value !== 'object' || value === null || !('name' in value) || !('request' in value)) continue;
    if (typeof value.name === 'string' && /^[A-Z]\w+\.[A-Z]\w+$/.test(value.name)) names.push(value.name);
  }
  return names.sort();
}

describe('the list of endpoints', () => {
  const server = memoryServer();
  const { context } = server;
  const served = [...serverEndpoints(context), ...serverStreams(context)];
  const names = served.map(({ method }) => method.name);

  test('serves every declared method once, or says who does', () => {
    const declared = declaredMethods();
    assert.ok(declared.length > 80, `${declared.length}`);
    assert.deepEqual(
      declared.filter((name) => !names.includes(name) && !(name in servedElsewhere)),
      [],
    );
    assert.deepEqual(
      Object.keys(servedElsewhere).filter((name) => names.includes(name)),
      [],
      'no exception that is none',
    );
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(server.router.methods(), names.toSorted());
  });

  for (const { method, access } of served) {
    test(`${method.name} says who may call it and how it counts`, () => {
      assert.ok(access.callers.length > 0);
      assert.match(access.capability, /\S/);
      assert.ok(['request', 'object', 'none'].includes(access.namespace));
      assert.ok(['read', 'list', 'write', 'stream'].includes(access.rate));
      assert.ok(['none', 'read', 'write'].includes(access.audit));
      checkConsistent(access, 'access' in method ? method.access : undefined);
    });
  }

  /** Combinations that would leave a hole. */
  function checkConsistent(access: Access, kind: 'read' | 'write' | undefined): void {
    const byUsers = access.callers.includes('user');
    if (byUsers) assert.notEqual(access.capability, 'none', 'a user needs a capability');
    if (byUsers) assert.notEqual(access.audit, 'none', 'what a user does is audited');
    if (access.callers.includes('anyone')) assert.equal(kind, 'read', 'anonymous callers only read');
    if (kind === 'write') assert.ok(access.rate === 'write' || access.audit !== 'none');
  }
});

test('metrics are named as Nomad names them', () => {
  assert.equal(metricName('Job.GetJobVersions'), 'nomad.nomad.job.get_job_versions');
  assert.equal(metricName('Node.UpdateStatus'), 'nomad.nomad.client.update_status');
  assert.equal(metricName('ClientAllocations.Stats'), 'nomad.nomad.client_allocations.stats');
});

test('a call names its region, and a region that is here', async (t) => {
  const cluster = await TestCluster.start(t);
  const list = (Region: string): Promise<unknown> =>
    cluster.rpc.call(Job_List, make(Job_List.request, { Region }));
  await assert.rejects(list(''), { status: 500, message: 'missing region for target RPC' });
  await assert.rejects(list('mars'), { status: 500, message: 'No path to region' });
  await list('global');
  const stream = await cluster.rpc.stream(Operator_SnapshotSave, { Region: 'mars' });
  for await (const frame of stream.frames()) {
    assert.deepEqual(frame, { ...(frame as object), ErrorCode: 500, ErrorMsg: 'No path to region' });
  }
});

test('without a leader a call waits a while, then says so; some answer all the same', async (t) => {
  const clock = new VirtualClock();
  const server = memoryServer({ dependencies: { clock } });
  t.after(() => server.stop());
  const rpc = server.localCaller();
  assert.equal(await rpc.call(Status_Leader, make(Status_Leader.request, { Region: 'global' })), '');
  const stale = await rpc.call(Job_List, make(Job_List.request, { Region: 'global', AllowStale: true }));
  assert.equal(stale.KnownLeader, false);
  let answer = '';
  const refused = rpc.call(Job_List, make(Job_List.request, { Region: 'global' })).then(
    () => assert.fail('answered'),
    (error: Error) => {
      answer = error.message;
    },
  );
  await clock.advance(4_900);
  assert.equal(answer, '');
  await clock.advance(200);
  await refused;
  assert.equal(answer, 'No cluster leader');
  const served = rpc.call(Job_List, make(Job_List.request, { Region: 'global' }));
  await server.start();
  await clock.advance(100);
  assert.equal((await served).KnownLeader, true);
});
