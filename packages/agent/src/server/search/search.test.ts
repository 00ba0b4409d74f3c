// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Deployment,
  type Job,
  make,
  Namespace,
  NodePool,
  ScalingPolicy,
  Search_FuzzySearch,
  Search_PrefixSearch,
  Service,
} from '@serai/api';
import { upsertJob } from '#state';
import {
  mockAlloc,
  mockEval,
  mockJob,
  mockNode,
  mockTask,
  mockTaskGroup,
  TestCluster,
  TestState,
} from '#testing';
import { searchContexts, wantedContexts } from './context.ts';
import { type FuzzyResults, fuzzySearch } from './fuzzy-search.ts';
import { maxPrefixMatches, prefixMatches } from './prefix-search.ts';

const limits = { limitQuery: 20, limitResults: 100 };

function web(): Job {
  const task = mockTask({
    Name: 'server',
    Config: { image: 'registry/nginx:1.25', command: '/bin/nginx', args: ['nginx'], class: 7 },
    Services: [make(Service, { Name: 'nginx-http' })],
  });
  const group = mockTaskGroup({
    Name: 'front',
    Tasks: [task],
    Services: [make(Service, { Name: 'front-nginx' })],
  });
  return mockJob({ ID: 'web-1', Name: 'my-NGINX', TaskGroups: [group] });
}

function filled(): TestState {
  const state = new TestState();
  state.write((tx) => {
    upsertJob(tx, { job: web() });
    upsertJob(tx, { job: mockJob({ ID: 'web-1', Namespace: 'prod' }) });
    upsertJob(tx, { job: mockJob({ ID: 'web-2', Namespace: 'prod' }) });
    tx.put('namespaces', make(Namespace, { Name: 'prod' }));
    tx.put('nodePools', make(NodePool, { Name: 'web-pool' }));
    tx.put('nodes', mockNode({ ID: 'aa-node', Name: 'host-nginx' }));
    tx.put('evals', mockEval({ ID: 'aa-eval' }));
    tx.put('evals', mockEval({ ID: 'ab-eval', Namespace: 'prod' }));
    tx.put('allocs', mockAlloc({ ID: 'aa-alloc', Name: 'nginx.front[0]', Job: null }));
    tx.put('deployments', make(Deployment, { ID: 'aa-deployment', Namespace: 'default' }));
    const Target = { Namespace: 'default', Job: 'web-1' };
    tx.put('scalingPolicies', make(ScalingPolicy, { ID: 'aa-policy', Target }));
  });
  return state;
}

describe('prefix search', () => {
  const state = filled().snapshot;
  const find = (prefix: string, namespace = 'default'): Record<string, readonly string[]> =>
    Object.fromEntries(
      searchContexts
        .map((context) => [context, prefixMatches(state, context, { prefix, namespace }).ids] as const)
        .filter(([, ids]) => ids.length > 0),
    );

  test('finds ids of every kind', () => {
    assert.deepEqual(find('aa'), {
      allocs: ['aa-alloc'],
      nodes: ['aa-node'],
      evals: ['aa-eval'],
      deployment: ['aa-deployment'],
      scaling_policy: ['aa-policy'],
    });
    assert.deepEqual(find('web'), { jobs: ['web-1'], node_pools: ['web-pool'] });
    assert.deepEqual(find('nothing'), {});
  });

  test('stays in its namespace unless all are asked for', () => {
    assert.deepEqual(find('web', 'prod')['jobs'], ['web-1', 'web-2']);
    assert.deepEqual(find('web', '*')['jobs'], ['web-1', 'web-1', 'web-2']);
    assert.deepEqual(find('a', 'prod')['evals'], ['ab-eval']);
    assert.deepEqual(find('aa', 'prod'), { nodes: ['aa-node'] });
  });

  test('an upper-case letter is another letter', () => {
    assert.deepEqual(find('AA'), {});
  });

  test('more than 20 are cut, exactly 20 are not', () => {
    const many = new TestState();
    const add = (from: number, to: number): void =>
      many.write((tx) => {
        for (let i = from; i < to; i++) tx.put('evals', mockEval({ ID: `e${String(i).padStart(2, '0')}` }));
      });
    const search = () => prefixMatches(many.snapshot, 'evals', { prefix: 'e', namespace: 'default' });
    add(0, maxPrefixMatches);
    assert.deepEqual([search().ids.length, search().truncated], [20, false]);
    add(20, 21);
    assert.deepEqual([search().ids.length, search().truncated, search().ids[19]], [20, true, 'e19']);
  });
});

describe('contexts', () => {
  test('one, all, and those that are empty here', () => {
    assert.deepEqual(wantedContexts('jobs'), ['jobs']);
    assert.deepEqual(wantedContexts('all'), searchContexts);
    assert.deepEqual(wantedContexts(''), searchContexts);
    assert.deepEqual(wantedContexts('volumes'), []);
  });

  test('another one is refused with the list', () => {
    assert.throws(() => wantedContexts('planets'), {
      status: 400,
      message: /^context must be one of \[allocs .*\] or 'all' for all contexts; got "planets"$/,
    });
  });
});

describe('fuzzy search', () => {
  const state = filled().snapshot;
  const find = (text: string, namespace = 'default', contexts = searchContexts): FuzzyResults =>
    fuzzySearch(state, { contexts, text, namespace }, limits);

  test('finds names of objects and of parts of jobs, with where they are', () => {
    const { matches } = find('nginx');
    assert.deepEqual(matches, {
      allocs: [{ ID: 'nginx.front[0]', Scope: ['default', 'aa-alloc'] }],
      jobs: [{ ID: 'my-NGINX', Scope: ['default', 'web-1'] }],
      nodes: [{ ID: 'host-nginx', Scope: ['aa-node'] }],
      services: [
        { ID: 'nginx-http', Scope: ['default', 'web-1', 'front', 'server'] },
        { ID: 'front-nginx', Scope: ['default', 'web-1', 'front'] },
      ],
      images: [{ ID: 'registry/nginx:1.25', Scope: ['default', 'web-1', 'front', 'server'] }],
      commands: [{ ID: '/bin/nginx', Scope: ['default', 'web-1', 'front', 'server'] }],
    });
    assert.deepEqual(find('server').matches, {
      tasks: [{ ID: 'server', Scope: ['default', 'web-1', 'front'] }],
    });
    assert.deepEqual(find('front').matches['groups'], [{ ID: 'front', Scope: ['default', 'web-1'] }]);
  });

  test('upper and lower case are the same', () => {
    assert.deepEqual(find('NgInX').matches, find('nginx').matches);
  });

  test('objects without a name are found by the beginning of their id', () => {
    const { matches } = find('aa');
    assert.deepEqual(matches['evals'], [{ ID: 'aa-eval' }]);
    assert.deepEqual(matches['deployment'], [{ ID: 'aa-deployment' }]);
    assert.equal(find('eval').matches['evals'], undefined);
  });

  test('pools and namespaces have no scope', () => {
    assert.deepEqual(find('pool').matches, { node_pools: [{ ID: 'web-pool' }] });
    assert.deepEqual(find('prod').matches, { namespaces: [{ ID: 'prod' }] });
  });

  test('stays in its namespace unless all are asked for', () => {
    const ids = (namespace: string) => find('web-', namespace).matches['jobs']?.map(({ Scope }) => Scope);
    assert.deepEqual(ids('default'), undefined);
    assert.deepEqual(ids('prod'), [
      ['prod', 'web-1'],
      ['prod', 'web-2'],
    ]);
    assert.equal(find('nginx', 'prod').matches['allocs'], undefined);
  });

  test('one context is searched alone', () => {
    assert.deepEqual(Object.keys(find('nginx', 'default', ['nodes'] as never).matches), ['nodes']);
    assert.deepEqual(find('nginx', 'default', ['nodes'] as never).truncations, { nodes: false });
  });

  test('what matches earlier in its name comes first, then the shorter one', () => {
    const many = new TestState();
    many.write((tx) => {
      for (const Name of ['a-web', 'web-long', 'web', 'xweb'])
        tx.put('nodes', mockNode({ ID: `id-${Name}`, Name }));
    });
    const { matches } = fuzzySearch(
      many.snapshot,
      { contexts: ['nodes'], text: 'web', namespace: 'default' },
      limits,
    );
    assert.deepEqual(
      matches['nodes']?.map(({ ID }) => ID),
      ['web', 'web-long', 'xweb', 'a-web'],
    );
  });

  test('limits cut and say so', () => {
    const many = new TestState();
    many.write((tx) => {
      for (let i = 0; i < 30; i++) tx.put('nodes', mockNode({ ID: `n${i}`, Name: `host-${i}` }));
    });
    const search = (limitQuery: number, limitResults: number): (number | boolean | undefined)[] => {
      const query = { contexts: ['nodes'], text: 'host', namespace: 'default' } as const;
      const { matches, truncations } = fuzzySearch(many.snapshot, query, { limitQuery, limitResults });
      return [matches['nodes']?.length, truncations['nodes']];
    };
    assert.deepEqual(search(30, 100), [30, false]);
    assert.deepEqual(search(29, 100), [29, true]);
    assert.deepEqual(search(30, 10), [10, true]);
    assert.deepEqual(search(0, 10), [undefined, true]);
  });
});

describe('the endpoints', () => {
  test('answer with matches and truncations of every context', async (t) => {
    const cluster = await TestCluster.start(t);
    const node = await cluster.addNode({ Name: 'host-web' });
    await cluster.run(web());
    const found = await cluster.call(Search_PrefixSearch, { Prefix: 'web', Context: 'all' });
    assert.deepEqual(found.Matches?.['jobs'], ['web-1']);
    assert.equal(found.Matches?.['evals'], null);
    assert.deepEqual(Object.keys(found.Truncations ?? {}).sort(), [...searchContexts].sort());
    assert.ok(found.Index > 0 && found.KnownLeader);
    const fuzzy = await cluster.call(Search_FuzzySearch, { Text: 'web', Context: 'nodes' });
    assert.deepEqual(fuzzy.Matches, { nodes: [{ ID: 'host-web', Scope: [node.id] }] });
  });

  test('refuse what they can not search', async (t) => {
    const cluster = await TestCluster.start(t);
    await assert.rejects(cluster.call(Search_FuzzySearch, { Text: 'x', Context: 'all' }), {
      status: 500,
      message: 'fuzzy search query must be at least 2 characters, got 1',
    });
    const long = 'x'.repeat(513);
    await assert.rejects(cluster.call(Search_FuzzySearch, { Text: long, Context: 'all' }), { status: 400 });
    await assert.rejects(cluster.call(Search_PrefixSearch, { Prefix: long, Context: 'all' }), {
      status: 400,
    });
    await assert.rejects(cluster.call(Search_PrefixSearch, { Prefix: 'x', Context: 'planets' }), {
      status: 400,
    });
    const search = { fuzzyEnabled: false, limitQuery: 20, limitResults: 100, minTermLength: 2 };
    const off = await TestCluster.start(t, { options: { search } });
    await assert.rejects(off.call(Search_FuzzySearch, { Text: 'web', Context: 'all' }), {
      status: 500,
      message: 'fuzzy search is not enabled',
    });
  });
});
