// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateAll, fixture, headlines } from '../fixture.ts';
import { inlineLimits } from '../limits.ts';
import { inputScope } from '../variables/inputs.ts';

const limits = inlineLimits;

/** Evaluates everything, local values included, and returns the summaries of what was reported. */
function reported(text: string): string[] {
  const { body, diagnostics } = fixture(text, { limits, unknown: 'text', dynamicBlocks: true });
  const content = body.everything();
  inputScope(content.blocks, {}, body.scope);
  for (const attribute of content.attributes.values()) attribute.evaluate();
  for (const block of content.blocks.filter((each) => each.type !== 'locals')) evaluateAll(block.body);
  return diagnostics.list.map((each) => each.summary);
}

const doubling = (line: (i: number) => string): string =>
  `locals {\n${Array.from({ length: 40 }, (_, i) => line(i)).join('\n')}\n}`;

const hostile: Readonly<Record<string, [string, RegExp]>> = {
  'brackets a hundred thousand deep': [`a = ${'['.repeat(90_000)}`, /Nested too deeply/],
  'parentheses without end': [`a = ${'('.repeat(90_000)}`, /Nested too deeply/],
  'blocks without end': ['a {\n'.repeat(20_000), /Nested too deeply/],
  'templates within templates': [`a = ${'"${'.repeat(30_000)}`, /Nested too deeply/],
  'objects within objects': [`a = ${'{a='.repeat(30_000)}`, /Nested too deeply/],
  'signs in a row': [`a = ${'!'.repeat(90_000)}true`, /Nested too deeply/],
  'directives within directives': [`a = "${'%{ if true }'.repeat(7000)}"`, /Nested too deeply/],
  'a long chain of operators': [`a = 1${'+1'.repeat(2000)}`, /Expression nested too deeply/],
  'a very long chain of operators': [`a = 1${'+1'.repeat(45_000)}`, /File too complex/],
  'a file with too many items': [
    Array.from({ length: 12_000 }, (_, i) => `a${i}=${i}`).join('\n'),
    /ok|File too complex/,
  ],
  'range() over everything': ['a = range(100000000)', /Collection too large/],
  'a product of ranges': ['a = setproduct(range(1000), range(1000), range(1000))', /Collection too large/],
  'text that doubles': [
    doubling((i) =>
      i === 0 ? 'l0 = "aaaaaaaaaaaaaaaaaaaa"' : `l${i} = "\${local.l${i - 1}}\${local.l${i - 1}}"`,
    ),
    /String too long/,
  ],
  'lists that double': [
    doubling((i) => (i === 0 ? 'l0 = ["a"]' : `l${i} = [local.l${i - 1}, local.l${i - 1}]`)),
    /takes too long/,
  ],
  'loops in loops': ['a = [for x in range(9999) : [for y in range(9999) : y]]', /takes too long/],
  'loops in templates': [
    'a = "%{ for x in range(9999) }%{ for y in range(9999) }xxxxxxxx%{ endfor }%{ endfor }"',
    /takes too long|too long/,
  ],
  'replace that multiplies': [
    'locals {\n a = join("", [for x in range(9000) : "aaaa"])\n b = replace(local.a, "", local.a)\n}',
    /too l/,
  ],
  'format with a wide field': ['a = format("%999999999d", 1)', /Error in function call/],
  'format with a wide star': ['a = format("%*d", 999999999, 1)', /Error in function call/],
  'indent by a million': [
    'a = indent(1000000, join("\\n", [for x in range(9000) : "a"]))',
    /String too long/,
  ],
  'bcrypt on the main thread': ['a = bcrypt("x", 10)', /takes too long/],
  'bcrypt with an endless cost': ['a = bcrypt("x", 31)', /takes too long/],
  'an alias bomb in YAML': [
    'a = yamldecode("a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]")',
    /Invalid function argument/,
  ],
  'JSON a hundred thousand deep': [
    'a = jsondecode(join("", [for x in range(3000) : "["]))',
    /Invalid function argument/,
  ],
  'a pattern of nested counts': [
    'a = regex_replace("aaaa", "(((a{100}){100}){100})*$", "x")',
    /Invalid function argument/,
  ],
  'a long pattern': [`a = regex_replace("a", "${'(a|b)*'.repeat(500)}", "x")`, /Invalid function argument/],
  'hashing over and over': [
    `locals {\n a = join("", [for x in range(9000) : "abcdefghijklmnop"])\n${Array.from({ length: 300 }, (_, i) => `b${i} = sha512(local.a)`).join('\n')}\n}`,
    /takes too long/,
  ],
  'a hundred million dynamic blocks': [
    'dynamic "x" {\n for_each = range(9999)\n content {\n dynamic "y" {\n for_each = range(9999)\n content {\n a = 1\n}\n}\n}\n}',
    /takes too long/,
  ],
  'lists nested by local values': [
    `locals {\n l0 = 1\n${Array.from({ length: 900 }, (_, i) => `l${i + 1} = [local.l${i}]`).join('\n')}\n}`,
    /Value nested too deeply|takes too long/,
  ],
};

for (const [name, [text, expected]] of Object.entries(hostile)) {
  test(`${name}: an error, at once`, () => {
    assert.match([...reported(text), 'ok'].join(), expected);
  });
}

test('a long chain of local values is fine', () => {
  const chain = Array.from({ length: 3000 }, (_, i) => `l${i + 1} = local.l${i}`).join('\n');
  assert.deepEqual(reported(`locals {\nl0 = 1\n${chain}\n}`), []);
});

test('a limit is reported once, however many values reach it', () => {
  const text = Array.from({ length: 50 }, (_, i) => `a${i} = range(100000000)`).join('\n');
  assert.deepEqual(headlines(text, { limits }).length, 1);
});

test('try and can do not swallow limits', () => {
  assert.match(headlines('a = try(range(100000000), 1)', { limits }).join(), /Collection too large/);
  assert.match(headlines('a = can(range(100000000))', { limits }).join(), /Collection too large/);
  assert.match(headlines('a = true ? 1 : range(100000000)', { limits }).join(), /Collection too large/);
});

test('diagnostics know that a limit was reached', () => {
  const { body, diagnostics } = fixture('a = range(100000000)', { limits });
  evaluateAll(body);
  assert.equal(diagnostics.limitReached, true);
  assert.equal(fixture('a = 1', { limits }).diagnostics.limitReached, false);
});

test('the same work always takes the same number of steps', () => {
  const used = (): number => {
    const { body } = fixture('a = [for x in range(100) : upper("${x}")]');
    evaluateAll(body);
    return body.scope.budget.used;
  };
  assert.equal(used(), used());
  assert.ok(used() > 300);
});
