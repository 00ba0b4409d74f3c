// SPDX-License-Identifier: MPL-2.0
// The declared routes against the list of Nomad's endpoints.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allRoutes } from '@serai/api';

/** Endpoints that are not declared yet, because. A line that no longer fits fails the test. */
const notYet: readonly (readonly [pattern: RegExp, because: string])[] = [
  [/^\/v1\/acl\//, 'comes with ACLs'],
  [/^\/v1\/vars?\b/, 'comes with variables'],
  [/^\/v1\/operator\/keyring\//, 'comes with variables'],
  [/^\/v1\/(volumes?|plugins?)\b/, 'comes with volumes'],
  [/^\/v1\/(services?\b|job\/:id\/services|allocation\/:id\/services)/, 'comes with services'],
  [/\/allocation\/:id\/checks/, 'comes with services'],
  [/^\/v1\/(namespace|node\/pools?)\b.*(PUT|DELETE)/, 'comes with writes of namespaces and node pools'],
  [/^\/v1\/deployment\/unblock/, 'comes with several regions'],
  [/^\/v1\/client\/metadata/, 'comes with dynamic node metadata'],
  [/^\/v1\/client\/allocation\/:id\/(exec|snapshot)/, 'comes with exec and migration'],
  [/^\/v1\/agent\/(join|force-leave|keyring)/, 'comes with gossip'],
  [/^\/v1\/agent\/(host|pprof|schedulers)/, 'comes with operator debug'],
  [/^\/v1\/operator\/(raft\/peer|autopilot)/, 'comes with several servers'],
  [/^\/v1\/(operator\/license|quotas?|quota-usages|sentinel|recommendations?)\b/, 'enterprise'],
];

interface Endpoint {
  readonly path: string;
  readonly methods: readonly string[];
}

const listed: readonly Endpoint[] = readFileSync(
  new URL('../../golden/http/nomad-endpoints.txt', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line.startsWith('/'))
  .map((line) => {
    const [path = '', methods = ''] = line.split(' ');
    return { path, methods: methods.split(',') };
  });

const shape = (path: string): string => path.replace(/:\w+/g, ':x');
const declared = new Map<string, Set<string>>();
for (const { path, methods } of allRoutes) {
  const known = declared.get(shape(path)) ?? new Set();
  for (const method of methods) known.add(method);
  declared.set(shape(path), known);
}

test("every endpoint of Nomad's is declared, or named with the reason why not yet", () => {
  assert.ok(listed.length > 150);
  const used = new Set<RegExp>();
  const missing: string[] = [];
  for (const { path, methods } of listed) {
    const have = declared.get(shape(path));
    if (methods.every((method) => have?.has(method))) continue;
    const line = `${path} ${methods.join(',')}`;
    const rule = notYet.find(([pattern]) => pattern.test(line));
    if (rule) used.add(rule[0]);
    else missing.push(line);
  }
  assert.deepEqual(missing, []);
  assert.deepEqual(
    notYet.filter(([pattern]) => !used.has(pattern)).map(([pattern]) => String(pattern)),
    [],
    'these are declared by now',
  );
});

test('nothing is declared that Nomad does not have', () => {
  const known = new Set(listed.flatMap(({ path, methods }) => methods.map((m) => `${m} ${shape(path)}`)));
  const extra = allRoutes.flatMap(({ path, methods }) =>
    methods.map((m) => `${m} ${shape(path)}`).filter((line) => !known.has(line)),
  );
  assert.deepEqual(extra, []);
});
