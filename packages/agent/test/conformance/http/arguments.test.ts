// SPDX-License-Identifier: MPL-2.0
// Request → RPC call: which method, with which arguments. And requests that must reach nobody.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, NodePool, NodePool_GetNodePool, zero, zeroTime } from '@serai/api';
import { testHttp } from '#testing';

interface Case {
  readonly line: string;
  readonly body?: object;
  readonly method: string;
  readonly args: object;
}

const cases: readonly Case[] = [
  { line: 'GET /v1/jobs?meta=true', method: 'Job.List', args: { Fields: { Meta: true } } },
  {
    line: 'GET /v1/job/a/versions?diffs=true',
    method: 'Job.GetJobVersions',
    args: { JobID: 'a', Diffs: true },
  },
  {
    line: 'GET /v1/job/a/submission?version=3',
    method: 'Job.GetJobSubmission',
    args: { JobID: 'a', Version: 3 },
  },
  { line: 'GET /v1/job/a/allocations?all=true', method: 'Job.Allocations', args: { JobID: 'a', All: true } },
  {
    line: 'POST /v1/search?namespace=*',
    body: { Prefix: 'a/b', Context: 'jobs' },
    method: 'Search.PrefixSearch',
    args: { Prefix: 'a/b', Context: 'jobs', Namespace: '*' },
  },
  {
    line: 'PUT /v1/search/fuzzy',
    body: { Text: 'web', Context: 'all' },
    method: 'Search.FuzzySearch',
    args: { Text: 'web', Context: 'all', Namespace: 'default' },
  },
  { line: 'GET /v1/job/a/b/scale', method: 'Job.ScaleStatus', args: { JobID: 'a/b' } },
  {
    line: 'PUT /v1/job/a/b/scale?namespace=n',
    body: { Count: 3, Target: { Group: 'g', Job: 'a/b' }, Message: 'm', Meta: { k: [1] } },
    method: 'Job.Scale',
    args: {
      JobID: 'a/b',
      Count: 3,
      Target: { Group: 'g', Job: 'a/b' },
      Message: 'm',
      Meta: { k: [1] },
      Error: false,
      Namespace: 'n',
    },
  },
  {
    line: 'POST /v1/job/a/scale',
    body: { Target: { Group: 'g' }, Error: true },
    method: 'Job.Scale',
    args: { JobID: 'a', Count: null, Error: true },
  },
  {
    line: 'GET /v1/scaling/policies?job=a&type=horizontal&prefix=ab',
    method: 'Scaling.ListPolicies',
    args: { Job: 'a', Type: 'horizontal', Prefix: 'ab' },
  },
  { line: 'GET /v1/scaling/policy/p1', method: 'Scaling.GetPolicy', args: { ID: 'p1' } },
  { line: 'GET /v1/job/a/deployments?all=1', method: 'Job.Deployments', args: { JobID: 'a', All: true } },
  { line: 'GET /v1/job/a/deployment', method: 'Job.LatestDeployment', args: { JobID: 'a' } },
  {
    line: 'DELETE /v1/job/a?purge=true&global=true&eval_priority=70&no_shutdown_delay=true&namespace=n',
    method: 'Job.Deregister',
    args: { JobID: 'a', Purge: true, Global: true, EvalPriority: 70, NoShutdownDelay: true, Namespace: 'n' },
  },
  {
    line: 'POST /v1/job/a/evaluate',
    body: { JobID: 'a', EvalOptions: { ForceReschedule: true } },
    method: 'Job.Evaluate',
    args: { JobID: 'a', EvalOptions: { ForceReschedule: true } },
  },
  {
    line: 'POST /v1/job/a/evaluate',
    method: 'Job.Evaluate',
    args: { EvalOptions: { ForceReschedule: false } },
  },
  {
    line: 'PUT /v1/job/a/revert',
    body: { JobID: 'a', JobVersion: 4, EnforcePriorVersion: 5 },
    method: 'Job.Revert',
    args: { JobID: 'a', JobVersion: 4, EnforcePriorVersion: 5 },
  },
  {
    line: 'PUT /v1/job/a/stable',
    body: { JobID: 'a', JobVersion: 4, Stable: true },
    method: 'Job.Stable',
    args: { JobID: 'a', JobVersion: 4, Stable: true },
  },
  {
    line: 'POST /v1/job/a/b/dispatch?idempotency_token=once&namespace=n',
    body: { Payload: 'aGk=', Meta: { key: 'value' }, IdPrefixTemplate: 'p', JobID: 'a/b' },
    method: 'Job.Dispatch',
    args: {
      JobID: 'a/b',
      Namespace: 'n',
      Payload: 'aGk=',
      Meta: { key: 'value' },
      IdPrefixTemplate: 'p',
      IdempotencyToken: 'once',
    },
  },
  {
    line: 'PUT /v1/job/a/dispatch',
    body: {},
    method: 'Job.Dispatch',
    args: { JobID: 'a', Payload: null, Meta: null, IdPrefixTemplate: '', IdempotencyToken: '' },
  },
  {
    line: 'POST /v1/job/a/b/periodic/force?namespace=n',
    method: 'Periodic.Force',
    args: { JobID: 'a/b', Namespace: 'n' },
  },
  {
    line: 'PUT /v1/jobs',
    body: {
      Job: { ID: 'a' },
      EnforceIndex: true,
      JobModifyIndex: 9,
      PreserveCounts: true,
      PolicyOverride: true,
      EvalPriority: 80,
      Submission: { Source: 'job "a" {}', Format: 'hcl2' },
    },
    method: 'Job.Register',
    args: {
      EnforceIndex: true,
      JobModifyIndex: 9,
      PreserveCounts: true,
      PolicyOverride: true,
      EvalPriority: 80,
    },
  },
  {
    line: 'PUT /v1/job/a/plan',
    body: { Job: { ID: 'a' }, Diff: true, PolicyOverride: true },
    method: 'Job.Plan',
    args: { Diff: true, PolicyOverride: true },
  },
  {
    line: 'GET /v1/allocations?resources=true&task_states=false&prefix=ab',
    method: 'Alloc.List',
    args: { Fields: { Resources: true, TaskStates: false }, Prefix: 'ab' },
  },
  {
    line: 'GET /v1/allocations',
    method: 'Alloc.List',
    args: { Fields: { Resources: false, TaskStates: true } },
  },
  {
    line: 'PUT /v1/allocation/b/stop?no_shutdown_delay=true',
    method: 'Alloc.Stop',
    args: { AllocID: 'b', NoShutdownDelay: true },
  },
  {
    line: 'GET /v1/evaluations?job=a&status=blocked',
    method: 'Eval.List',
    args: { FilterJobID: 'a', FilterEvalStatus: 'blocked' },
  },
  { line: 'GET /v1/evaluations/count?filter=x', method: 'Eval.Count', args: { Filter: 'x' } },
  {
    line: 'GET /v1/evaluation/e?related=true',
    method: 'Eval.GetEval',
    args: { EvalID: 'e', IncludeRelated: true },
  },
  {
    line: 'DELETE /v1/evaluations',
    body: { Filter: 'Status == complete' },
    method: 'Eval.Delete',
    args: { EvalIDs: null, Filter: 'Status == complete' },
  },
  { line: 'PUT /v1/deployment/fail/d', method: 'Deployment.Fail', args: { DeploymentID: 'd' } },
  {
    line: 'PUT /v1/deployment/pause/d',
    body: { DeploymentID: 'd', Pause: true },
    method: 'Deployment.Pause',
    args: { DeploymentID: 'd', Pause: true },
  },
  {
    line: 'PUT /v1/deployment/promote/d',
    body: { DeploymentID: 'd', Groups: ['g'] },
    method: 'Deployment.Promote',
    args: { DeploymentID: 'd', All: false, Groups: ['g'] },
  },
  {
    line: 'PUT /v1/deployment/allocation-health/d',
    body: { DeploymentID: 'd', HealthyAllocationIDs: ['x'] },
    method: 'Deployment.SetAllocHealth',
    args: { HealthyAllocationIDs: ['x'], UnhealthyAllocationIDs: null },
  },
  { line: 'GET /v1/nodes', method: 'Node.List', args: { Fields: null } },
  { line: 'GET /v1/nodes?os=true', method: 'Node.List', args: { Fields: { Resources: false, OS: true } } },
  {
    line: 'PUT /v1/node/n/drain',
    body: { DrainSpec: { Deadline: '1h', IgnoreSystemJobs: true }, Meta: { message: 'm' } },
    method: 'Node.UpdateDrain',
    args: {
      NodeID: 'n',
      DrainStrategy: {
        Deadline: 3_600_000_000_000,
        IgnoreSystemJobs: true,
        ForceDeadline: zeroTime,
        StartedAt: zeroTime,
      },
      MarkEligible: false,
      Meta: { message: 'm' },
    },
  },
  {
    line: 'PUT /v1/node/n/drain',
    body: { NodeID: 'n', DrainSpec: null, MarkEligible: true },
    method: 'Node.UpdateDrain',
    args: { DrainStrategy: null, MarkEligible: true },
  },
  {
    line: 'POST /v1/node/n/eligibility',
    body: { Eligibility: 'ineligible' },
    method: 'Node.UpdateEligibility',
    args: { NodeID: 'n', Eligibility: 'ineligible' },
  },
  { line: 'PUT /v1/node/n/purge', method: 'Node.Deregister', args: { NodeID: 'n' } },
  { line: 'PUT /v1/node/n/evaluate', method: 'Node.Evaluate', args: { NodeID: 'n' } },
  {
    line: 'GET /v1/node/pool/gpu/nodes?filter=Status==ready',
    method: 'Node.List',
    args: { Filter: 'NodePool == "gpu" and (Status==ready)' },
  },
  { line: 'GET /v1/node/pool/all/nodes', method: 'Node.List', args: { Filter: '' } },
  { line: 'GET /v1/node/pool/gpu/jobs', method: 'Job.List', args: { Filter: 'NodePool == "gpu"' } },
  { line: 'GET /v1/client/stats', method: 'ClientStats.Stats', args: { NodeID: 'here' } },
  { line: 'GET /v1/client/stats?node_id=there', method: 'ClientStats.Stats', args: { NodeID: 'there' } },
  { line: 'PUT /v1/client/gc', method: 'ClientAllocations.GarbageCollectAll', args: { NodeID: 'here' } },
  {
    line: 'GET /v1/client/allocation/b/stats?task=t',
    method: 'ClientAllocations.Stats',
    args: { AllocID: 'b', Task: 't' },
  },
  {
    line: 'PUT /v1/client/allocation/b/gc',
    method: 'ClientAllocations.GarbageCollect',
    args: { AllocID: 'b' },
  },
  {
    line: 'PUT /v1/client/allocation/b/restart',
    body: { TaskName: 't' },
    method: 'ClientAllocations.Restart',
    args: { AllocID: 'b', TaskName: 't', AllTasks: false },
  },
  {
    line: 'PUT /v1/client/allocation/b/restart',
    method: 'ClientAllocations.Restart',
    args: { TaskName: '', AllTasks: false },
  },
  {
    line: 'PUT /v1/client/allocation/b/signal',
    body: { Task: 't', Signal: 'SIGHUP' },
    method: 'ClientAllocations.Signal',
    args: { AllocID: 'b', Task: 't', Signal: 'SIGHUP' },
  },
  { line: 'GET /v1/client/fs/ls/b', method: 'FileSystem.List', args: { AllocID: 'b', Path: '/' } },
  { line: 'GET /v1/client/fs/stat/b?path=alloc/x', method: 'FileSystem.Stat', args: { Path: 'alloc/x' } },
  {
    line: 'GET /v1/client/fs/cat/b?path=x',
    method: 'FileSystem.Stream',
    args: { Path: 'x', Offset: 0, Limit: 0, Origin: 'start', PlainText: true, Follow: false },
  },
  {
    line: 'GET /v1/client/fs/readat/b?path=x&offset=5&limit=7',
    method: 'FileSystem.Stream',
    args: { Path: 'x', Offset: 5, Limit: 7, PlainText: true, Follow: false },
  },
  {
    line: 'GET /v1/client/fs/stream/b?path=x&origin=end&offset=3',
    method: 'FileSystem.Stream',
    args: { Offset: 3, Origin: 'end', PlainText: false, Follow: true },
  },
  {
    line: 'GET /v1/agent/monitor?node_id=there&log_level=WARN&log_json=true&plain=true',
    method: 'Agent.Monitor',
    args: { NodeID: 'there', ServerID: '', LogLevel: 'warn', LogJSON: true, PlainText: true },
  },
  {
    line: 'PUT /v1/operator/scheduler/configuration?cas=12',
    body: { SchedulerAlgorithm: 'spread', PreemptionConfig: { ServiceSchedulerEnabled: true } },
    method: 'Operator.SchedulerSetConfiguration',
    args: {
      CAS: true,
      Config: {
        SchedulerAlgorithm: 'spread',
        PreemptionConfig: {
          SystemSchedulerEnabled: false,
          SysBatchSchedulerEnabled: false,
          BatchSchedulerEnabled: false,
          ServiceSchedulerEnabled: true,
        },
        MemoryOversubscriptionEnabled: false,
        RejectJobRegistration: false,
        PauseEvalBroker: false,
        CreateIndex: 0,
        ModifyIndex: 12,
      },
    },
  },
  {
    line: 'PUT /v1/operator/scheduler/configuration',
    body: {},
    method: 'Operator.SchedulerSetConfiguration',
    args: { CAS: false },
  },
  {
    line: 'GET /v1/operator/raft/configuration?stale',
    method: 'Operator.RaftGetConfiguration',
    args: { AllowStale: true },
  },
];

test('each request becomes the call that it stands for', async (t) => {
  const { ask, rpc, agent } = await testHttp(t);
  agent.node = 'here';
  rpc.on(NodePool_GetNodePool, () => ({
    ...zero(NodePool_GetNodePool.reply),
    NodePool: make(NodePool, { Name: 'gpu' }),
  }));
  for (const { line, body, method, args } of cases) {
    rpc.calls.length = 0;
    await ask(line, body ? { body: JSON.stringify(body) } : {});
    const call = rpc.calls.at(-1);
    assert.equal(call?.method, method, line);
    const given = Object.fromEntries(Object.keys(args).map((name) => [name, call?.args[name]]));
    assert.deepEqual(given, args, line);
  }
});

const refused: readonly (readonly [line: string, body: object | undefined, status: number, text: string])[] =
  [
    ['PUT /v1/job/a/evaluate', { JobID: 'b' }, 400, 'Job ID does not match name'],
    ['PUT /v1/job/a/revert', { JobVersion: 1 }, 400, 'JobID must be specified'],
    ['PUT /v1/job/a/revert', { JobID: 'b' }, 400, 'Job ID does not match'],
    ['PUT /v1/job/a/stable', { JobID: 'b' }, 400, 'Job ID does not match'],
    ['PUT /v1/job/a/dispatch', { JobID: 'b' }, 400, 'Job ID does not match'],
    ['PUT /v1/job/a/scale', { Target: { Job: 'b', Group: 'g' } }, 400, 'job ID in payload did not match URL'],
    ['PUT /v1/job/a/plan', { Job: { ID: 'b' } }, 400, 'Job ID does not match name'],
    [
      'PUT /v1/jobs',
      { Job: { ID: 'a' }, EvalPriority: 101 },
      400,
      'eval priority must be between 1 and 100 inclusive',
    ],
    [
      'PUT /v1/jobs',
      { Job: { ID: 'a' }, EvalPriority: -1 },
      400,
      'eval priority must be between 1 and 100 inclusive',
    ],
    ['PUT /v1/jobs/parse', {}, 400, 'Job spec is empty'],
    ['GET /v1/job/a/submission', undefined, 400, 'must provide a job version: add version=<number>'],
    ['DELETE /v1/evaluations', {}, 400, 'evals must be deleted by either ID or filter: none was given'],
    [
      'DELETE /v1/evaluations',
      { EvalIDs: ['e'], Filter: 'f' },
      400,
      'evals cannot be deleted by both ID and filter',
    ],
    [
      'DELETE /v1/evaluations',
      { EvalIDs: Array(7_282).fill('e') },
      400,
      'request includes 7282 evaluations, must be 7281 or fewer',
    ],
    ['PUT /v1/deployment/pause/d', { Pause: true }, 400, 'DeploymentID must be specified'],
    ['PUT /v1/deployment/promote/d', { DeploymentID: 'e' }, 400, 'Deployment ID does not match'],
    ['PUT /v1/node/n/drain', { NodeID: 'm' }, 400, 'Node ID does not match'],
    ['PUT /v1/node/n/eligibility', { Eligibility: 'maybe' }, 400, 'invalid scheduling eligibility "maybe"'],
    [
      'PUT /v1/client/allocation/b/restart',
      { TaskName: 't', AllTasks: true },
      400,
      'Can\'t provide "TaskName" and "AllTasks" at the same time',
    ],
    ['GET /v1/client/fs/readat/b?path=x&offset=-1', undefined, 400, 'offset must not be negative'],
    ['GET /v1/client/fs/readat/b?path=x&limit=-1', undefined, 400, 'limit must not be negative'],
    ['GET /v1/node/pool/p/nodes?prefix=x', undefined, 400, 'prefix not allowed for a node pool'],
  ];

test('a request that contradicts itself reaches nobody', async (t) => {
  const { ask, rpc } = await testHttp(t);
  for (const [line, body, status, text] of refused) {
    const answer = await ask(line, body ? { body: JSON.stringify(body) } : {});
    assert.deepEqual([line, answer.status, answer.text], [line, status, text]);
  }
  assert.deepEqual(rpc.calls, []);
});

test('an unknown node pool is 404 for all that belongs to it', async (t) => {
  const { ask } = await testHttp(t);
  for (const path of ['p', 'p/nodes', 'p/jobs']) {
    const answer = await ask(`GET /v1/node/pool/${path}`);
    assert.deepEqual([path, answer.status, answer.text], [path, 404, 'node pool not found']);
  }
});

test('a job file is parsed by the parser that was handed in, and its error says so', async (t) => {
  const seen: unknown[] = [];
  const { ask } = await testHttp(t, {
    dependencies: {
      parseJob: (request) => {
        seen.push(request);
        return { ID: 'parsed' };
      },
    },
  });
  const body = JSON.stringify({ JobHCL: 'job "x" {}', Variables: 'a = 1', Canonicalize: true });
  assert.equal((await ask('POST /v1/jobs/parse', { body })).text, '{"ID":"parsed"}');
  assert.deepEqual(seen, [{ source: 'job "x" {}', variables: 'a = 1', hcl1: false, canonicalize: true }]);
});
