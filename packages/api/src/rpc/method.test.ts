// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Schema } from '../schema.ts';
import * as rpc from './index.ts';

interface Declared {
  readonly name: string;
  readonly request: Schema;
  readonly reply?: Schema;
  readonly access?: string;
}
const declared = Object.entries(rpc).filter(
  (entry): entry is [string, Declared & (typeof entry)[1]] =>
    typeof entry[1] === 'object' && 'request' in entry[1],
) as [string, Declared][];

test('constants are named as their methods, and no method is declared twice', () => {
  assert.ok(declared.length > 60, `${declared.length} methods`);
  for (const [constant, { name }] of declared) {
    assert.match(name, /^[A-Z]\w+\.[A-Z]\w+$/);
    assert.equal(constant, name.replace('.', '_'));
  }
  assert.equal(new Set(declared.map(([, { name }]) => name)).size, declared.length);
});

test('every request names region, namespace and token at its top level', () => {
  for (const [, { name, request }] of declared) {
    const fields = Object.keys(request.fields ?? {});
    for (const field of ['Region', 'Namespace', 'AuthToken', 'Forwarded']) {
      assert.ok(fields.includes(field), `${name} has ${field}`);
    }
  }
});

test('only requests that can be blocked count as reads', () => {
  assert.equal(rpc.Job_List.access, 'read');
  assert.equal(rpc.Status_Ping.access, 'read');
  assert.equal(rpc.Job_Register.access, 'write');
  assert.equal(rpc.Node_UpdateAlloc.access, 'write');
  for (const [, { name, request, access }] of declared) {
    if (access) assert.equal(access === 'read', 'MinQueryIndex' in (request.fields ?? {}), name);
  }
});

test('calls that servers pass on to clients have the same shapes under both names', () => {
  const byName = new Map(declared.map(([, method]) => [method.name, method]));
  for (const call of ['Restart', 'Signal', 'Stats', 'GarbageCollect', 'GarbageCollectAll']) {
    const [outer, inner] = [byName.get(`ClientAllocations.${call}`), byName.get(`Allocations.${call}`)];
    assert.ok(outer && inner, call);
    assert.equal(outer.request, inner.request);
    assert.equal(outer.reply, inner.reply);
  }
});
