// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dynamicOnly, moduleTable, processModules } from './module-table.ts';
import { parseImports, resolveRelative, root, type Source, sources } from './sources.ts';

/** Fewer would mean that the scan looked in the wrong place. */
const leastSources = 100;

const importsOf = (source: Source): string[] =>
  source.imports.filter((i) => i.specifier.startsWith('#')).map((i) => i.specifier.slice(1));

test('the scan sees the whole tree', () => {
  assert.ok(sources().length >= leastSources, `scanned only ${sources().length} files`);
  const modules = new Set(sources().map((s) => s.module));
  for (const name of [
    'base',
    'model',
    'hcl',
    'scheduler',
    'state',
    'rpc',
    'server',
    'client',
    'http',
    'agent',
    'cli',
  ]) {
    assert.ok(modules.has(name), `no file of module "${name}" was scanned`);
  }
  assert.deepEqual(
    parseImports("import { a } from '#base';\nexport type { B } from './b.ts';\nawait import('#agent');"),
    [
      { specifier: '#base', typeOnly: false, dynamic: false },
      { specifier: './b.ts', typeOnly: true, dynamic: false },
      { specifier: '#agent', typeOnly: false, dynamic: true },
    ],
  );
});

test('every folder of src is a module of the table', () => {
  const unknown = [...new Set(sources().map((s) => s.module))].filter((name) => !(name in moduleTable));
  assert.deepEqual(unknown, []);
});

test('modules import only what the table allows', () => {
  const wrong: string[] = [];
  for (const source of sources()) {
    if (source.isTest) continue;
    const allowed = moduleTable[source.module] ?? [];
    for (const found of source.imports) {
      const name = found.specifier.startsWith('#') ? found.specifier.slice(1) : undefined;
      const isApi = found.specifier === '@serai/api';
      if (name === undefined && !isApi) continue;
      const target = name ?? '@serai/api';
      if (target === source.module) wrong.push(`${source.path}: imports its own module through "#${target}"`);
      else if (!allowed.includes(target) && !allowed.includes('*')) wrong.push(`${source.path}: ${target}`);
      if (dynamicOnly[source.module]?.includes(target) && !found.dynamic && !found.typeOnly) {
        wrong.push(`${source.path}: "#${target}" only by dynamic import`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('another module is reached only through its index', () => {
  const wrong: string[] = [];
  for (const source of sources()) {
    for (const { specifier } of source.imports) {
      if (specifier.startsWith('.')) {
        const target = resolveRelative(source.path, specifier);
        if (target.startsWith('..') || target.split('/')[0] !== source.module)
          wrong.push(`${source.path}: ${specifier}`);
      }
      if (/^#[^/]+\//.test(specifier) || specifier.startsWith('@serai/api/'))
        wrong.push(`${source.path}: ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('tests alone import the testing module', () => {
  const wrong = sources().filter((s) => !s.isTest && importsOf(s).includes('testing'));
  assert.deepEqual(
    wrong.map((s) => s.path),
    [],
  );
});

test('modules form no cycle', () => {
  const graph = new Map<string, Set<string>>();
  for (const source of sources()) {
    if (source.isTest) continue;
    const edges = graph.get(source.module) ?? new Set<string>();
    for (const found of source.imports) {
      if (found.specifier.startsWith('#') && !found.dynamic) edges.add(found.specifier.slice(1));
    }
    graph.set(source.module, edges);
  }
  assert.deepEqual(findCycle(graph), undefined);
});

test('files form no cycle of run-time imports', () => {
  const graph = new Map<string, Set<string>>();
  for (const source of sources()) {
    const edges = source.imports
      .filter((i) => i.specifier.startsWith('.') && !i.typeOnly && !i.dynamic)
      .map((i) => resolveRelative(source.path, i.specifier));
    graph.set(source.path, new Set(edges));
  }
  assert.deepEqual(findCycle(graph), undefined);
});

test('findCycle finds a cycle', () => {
  const graph = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c'])],
    ['c', new Set(['b'])],
  ]);
  assert.deepEqual(findCycle(graph), ['b', 'c', 'b']);
});

test('only the listed modules start processes', () => {
  const wrong = sources().filter(
    (s) =>
      !s.isTest &&
      !processModules.includes(s.module) &&
      s.imports.some((i) => i.specifier === 'node:child_process') &&
      // The CLI starts an editor, a pager or the agent in the background, never a task.
      s.module !== 'cli',
  );
  assert.deepEqual(
    wrong.map((s) => s.path),
    [],
  );
});

test('ARCHITECTURE.md shows the same table', () => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const shown = new Map<string, string[]>();
  for (const row of page.matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm)) {
    const names = [...(row[2] ?? '').matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '');
    shown.set(row[1] ?? '', names);
  }
  for (const [module, allowed] of Object.entries(moduleTable)) {
    assert.deepEqual(
      [...(shown.get(module) ?? ['(missing row)'])].sort(),
      [...allowed].sort(),
      `row of "${module}"`,
    );
  }
});

function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] | undefined => {
    const at = path.indexOf(node);
    if (at >= 0) return [...path.slice(at), node];
    if (done.has(node)) return undefined;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle) return cycle;
  }
  return undefined;
}
