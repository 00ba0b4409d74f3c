// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandTable, resolveCommand } from './table.ts';

const resolved = (line: string): unknown => {
  const found = resolveCommand(line.split(' '));
  return found.kind === 'command' ? [found.entry.name, ...found.rest] : found;
};

test('names are unique', () => {
  const names = commandTable.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('the longest name that the words spell wins', () => {
  assert.deepEqual(resolved('job run x.hcl'), ['job run', 'x.hcl']);
  assert.deepEqual(resolved('node pool list'), ['node pool list']);
  assert.deepEqual(resolved('node status run'), ['node status', 'run']);
  assert.deepEqual(resolved('status job run'), ['status', 'job', 'run']);
});

test('old names lead to the same commands', () => {
  for (const [old, name] of [
    ['run', 'job run'],
    ['plan', 'job plan'],
    ['stop', 'job stop'],
    ['validate', 'job validate'],
    ['inspect', 'job inspect'],
    ['init', 'job init'],
    ['logs', 'alloc logs'],
    ['fs', 'alloc fs'],
    ['alloc-status', 'alloc status'],
    ['eval-status', 'eval status'],
    ['node-status', 'node status'],
    ['server-members', 'server members'],
    ['client-config', 'node config'],
  ] as const) {
    const entry = commandTable.find((one) => one.name === old);
    assert.equal(entry?.load, commandTable.find((one) => one.name === name)?.load, old);
  }
});

test('a name that is a little wrong gets a suggestion', () => {
  assert.deepEqual(resolved('jbo status'), { kind: 'none', suggestion: '; did you mean "job"?' });
  assert.deepEqual(resolved('operator snapshot sve x'), {
    kind: 'group',
    name: 'operator snapshot',
    unknown: 'sve',
    suggestion: '; did you mean "operator snapshot save"?',
  });
  assert.deepEqual(resolved('frobnicate'), { kind: 'none', suggestion: '' });
});

test('a group alone is no command', () => {
  assert.deepEqual(resolved('job'), { kind: 'group', name: 'job', unknown: undefined, suggestion: '' });
});
