// SPDX-License-Identifier: MPL-2.0
// Each limit from both sides: what reaches it works, one more is refused by name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateAll, fixture } from './fixture.ts';
import { defaultLimits, type HclLimits, inlineLimits } from './limits.ts';

interface Outcome {
  readonly reported: readonly string[];
  readonly limitReached: boolean;
}

function read(text: string, change: Partial<HclLimits>, dynamicBlocks = false): Outcome {
  const { body, diagnostics } = fixture(text, { limits: { ...defaultLimits, ...change }, dynamicBlocks });
  evaluateAll(body);
  return { reported: diagnostics.list.map((each) => each.summary), limitReached: diagnostics.limitReached };
}

function works(text: string, change: Partial<HclLimits>): void {
  assert.deepEqual(read(text, change), { reported: [], limitReached: false }, text.slice(0, 80));
}

function refused(text: string, change: Partial<HclLimits>, summary: string, dynamicBlocks = false): void {
  const { reported, limitReached } = read(text, change, dynamicBlocks);
  assert.ok(reported.includes(summary), `${text.slice(0, 80)}\nwants ${summary}, got ${reported.join()}`);
  assert.ok(limitReached, 'the diagnostics do not know that it was a limit');
}

test('bytes of a file, not characters', () => {
  works('a = "é"\n', { sourceBytes: 9 });
  refused('a = "é"\n', { sourceBytes: 8 }, 'File too large');
  refused('{"a": 1}', { sourceBytes: 7 }, 'File too large');
});

test('depth of brackets, blocks, templates and JSON', () => {
  const forms: readonly ((levels: number) => string)[] = [
    (levels) => `a = ${'['.repeat(levels)}${']'.repeat(levels)}\n`,
    (levels) => `a = ${'('.repeat(levels)}1${')'.repeat(levels)}\n`,
    (levels) => `${'b {\n'.repeat(levels)}${'}\n'.repeat(levels)}`,
    (levels) => `a = ${'"${'.repeat(levels)}1${'}"'.repeat(levels)}\n`,
    (levels) => `{"a": ${'['.repeat(levels)}${']'.repeat(levels)}}`,
  ];
  for (const form of forms) {
    works(form(8), { depth: 30 });
    refused(form(60), { depth: 30 }, 'Nested too deeply');
  }
});

test('nodes of a file', () => {
  const lines = (count: number): string => Array.from({ length: count }, (_, i) => `a${i} = ${i}\n`).join('');
  works(lines(10), { nodes: 100 });
  refused(lines(101), { nodes: 100 }, 'File too complex');
  refused(`a = [${'1,'.repeat(101)}]\n`, { nodes: 100 }, 'File too complex');
});

test('steps of evaluation', () => {
  works('a = [for x in range(10) : x]\n', { steps: 1000 });
  refused('a = [for x in range(1000) : x]\n', { steps: 1000 }, 'Evaluation takes too long');
  refused('a = sort([for x in range(900) : "x"])\n', { steps: 2000 }, 'Evaluation takes too long');
});

test('length of a string, whoever makes it', () => {
  const limit = { stringLength: 100 };
  works(`a = "${'x'.repeat(50)}\${"y"}"\n`, limit);
  const makers = [
    `"${'x'.repeat(60)}\${"${'y'.repeat(60)}"}"`,
    `join("-", [for x in range(60) : "x"])`,
    `format("%101d", 1)`,
    `replace("${'a'.repeat(30)}", "a", "1234")`,
    `indent(60, "a\\nb\\nc")`,
    `jsonencode([for x in range(60) : x])`,
    `"%{ for x in range(60) }ab%{ endfor }"`,
  ];
  for (const maker of makers) refused(`a = ${maker}\n`, limit, 'String too long');
});

test('elements of a collection, whoever makes it', () => {
  const limit = { collectionLength: 10 };
  works('a = range(10)\n', limit);
  const makers = [
    'range(11)',
    `concat(range(6), range(6))`,
    'setproduct(range(4), range(4))',
    `split(",", "${','.repeat(11)}")`,
    `flatten([range(6), range(6)])`,
    `merge({ for x in range(6) : "a\${x}" => x }, { for x in range(6) : "b\${x}" => x })`,
    `[${'1,'.repeat(11)}]`,
    `jsondecode("[${'1,'.repeat(11)}1]")`,
  ];
  for (const maker of makers) refused(`a = ${maker}\n`, limit, 'Collection too large');
});

test('blocks that one dynamic block makes', () => {
  const text = (count: number): string =>
    `dynamic "b" {\n  for_each = [for x in range(${count}) : x]\n  content {\n    a = b.value\n  }\n}\n`;
  assert.deepEqual(read(text(10), { collectionLength: 10 }, true).reported, []);
  refused(text(11), { collectionLength: 10 }, 'Collection too large', true);
  refused(text(900), { steps: 1000 }, 'Evaluation takes too long', true);
});

test('the limits of the main thread are below those of a worker', () => {
  for (const key of Object.keys(defaultLimits) as (keyof HclLimits)[]) {
    assert.ok(inlineLimits[key] <= defaultLimits[key], key);
    assert.ok(inlineLimits[key] > 0, key);
  }
});
