// SPDX-License-Identifier: MPL-2.0
// What a user sees for each mistake. `UPDATE_GOLDEN=1` rewrites diagnostics.txt.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { Body, Diagnostics, formatDiagnostics, parseHcl, Scope, standardFunctions } from '#hcl';

const path = new URL('diagnostics.txt', import.meta.url);

interface Case {
  readonly name: string;
  readonly input: string;
  readonly expected: string;
}

/** `=== name`, the file, `---`, what is printed. */
function readCases(text: string): Case[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const newline = part.indexOf('\n');
      const [input = '', expected = ''] = part.slice(newline + 1).split(/^---\n/m);
      return { name: part.slice(0, newline), input, expected: expected.trimEnd() };
    });
}

function evaluateAll(body: Body): void {
  const content = body.everything();
  for (const attribute of content.attributes.values()) attribute.evaluate();
  for (const block of content.blocks) evaluateAll(block.body);
}

function print(input: string): string {
  const diagnostics = new Diagnostics();
  const file = parseHcl({ name: 'web.nomad', text: input }, { diagnostics });
  const functions = standardFunctions({ random: seededRandom(1) });
  evaluateAll(
    new Body(file.body, Scope.root({ diagnostics, functions, unknown: 'text', variables: { local: {} } })),
  );
  return formatDiagnostics(diagnostics.list);
}

const cases = readCases(readFileSync(path, 'utf8'));

if (process.env['UPDATE_GOLDEN']) {
  const text = cases.map((each) => `=== ${each.name}\n${each.input}---\n${print(each.input)}\n`).join('\n');
  writeFileSync(path, text);
}

for (const each of cases) {
  test(`diagnostics: ${each.name}`, () => assert.equal(print(each.input), each.expected));
}

test('there are cases', () => assert.ok(cases.length > 30));
