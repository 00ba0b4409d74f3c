// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zero } from '../schema.ts';
import type { BodyOf, ParamsOf, QueryOf, ResponseOf } from './index.ts';
import { allRoutes, type routes } from './table.ts';

/** Compiles only when both types are the same. */
function sameType<A, B>(
  _same: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false,
): void {}

test('names are unique, paths begin with /v1/ and have at most one parameter', () => {
  assert.ok(allRoutes.length > 60);
  assert.equal(new Set(allRoutes.map((route) => route.name)).size, allRoutes.length);
  for (const route of allRoutes) {
    assert.match(route.path, /^\/v1\/[a-z0-9/-]+(:[a-z]+)?[a-z/-]*$/, route.name);
    assert.match(route.name, /^[a-z-]+\.[a-z-]+$/);
  }
});

test('no path and method is declared twice', () => {
  const seen = allRoutes.flatMap((route) => route.methods.map((method) => `${method} ${route.path}`));
  assert.equal(new Set(seen).size, seen.length);
});

test('a route that reads no body has no use for a limit beyond what is thrown away', () => {
  for (const { name, request, security } of allRoutes)
    if (request.kind !== 'none') assert.ok(security.bodyLimitBytes > 0, name);
});

test('whatever changes something asks who calls, and is recorded as a change', () => {
  for (const { name, methods, security } of allRoutes) {
    if (methods.includes('GET')) continue;
    assert.equal(security.callers, 'user', name);
    assert.notEqual(security.audit, 'none', name);
    assert.notEqual(security.capability, 'none', name);
  }
});

test('blocking and paginated routes are reads', () => {
  for (const { name, methods, blocking, paginated } of allRoutes)
    if (blocking || paginated) assert.deepEqual(methods, ['GET'], name);
});

test('routes that anyone may call tell nothing about jobs or tasks', () => {
  assert.deepEqual(
    allRoutes.filter((route) => route.security.callers === 'anyone').map((route) => route.path),
    ['/v1/agent/health', '/v1/metrics', '/v1/status/leader', '/v1/status/peers', '/v1/regions'],
  );
});

test('answers have a zero value, so a client can decode a partial one', () => {
  for (const { name, response } of allRoutes)
    if (response.kind === 'json') assert.doesNotThrow(() => zero(response.schema), name);
});

test('types follow from the declaration', () => {
  sameType<ParamsOf<'/v1/job/:id/plan'>, { readonly id: string }>(true);
  sameType<ParamsOf<'/v1/jobs'>, Readonly<Record<never, string>>>(true);
  type Logs = QueryOf<typeof routes.fs.logs.query>;
  const logs: Logs = { follow: true, plain: false, origin: 'start', task: 'web' };
  assert.equal(logs.task, 'web');
  sameType<Logs['follow'], boolean>(true);
  sameType<Logs['offset'], number | undefined>(true);
  sameType<ResponseOf<typeof routes.status.leader>, string>(true);
  sameType<BodyOf<typeof routes.client.allocSignal>['Task'], string>(true);
});
