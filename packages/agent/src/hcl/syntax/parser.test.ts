// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Diagnostics, formatHeadline } from '../diagnostic.ts';
import { looksLikeJson, parseHcl } from '../file.ts';
import { evaluateText, fixture, headlines, plain } from '../fixture.ts';
import { defaultLimits } from '../limits.ts';
import { Source } from '../source.ts';
import type { Expression } from './ast.ts';
import { parseNative, parseSingleExpression } from './parser.ts';
import { skipItem } from './recovery.ts';
import { referencesOf } from './references.ts';
import { isName, Scanner } from './scanner.ts';

function tokens(text: string, skipNewlines = false): string[] {
  const scanner = new Scanner(text);
  const kinds: string[] = [];
  for (let at = 0; ; at = scanner.end) {
    scanner.scan(at, skipNewlines);
    if (scanner.kind === 'end') return kinds;
    kinds.push(scanner.kind);
    if (kinds.length > 100) return kinds;
  }
}

function expression(text: string): Expression {
  const diagnostics = new Diagnostics();
  const parsed = parseSingleExpression(new Source('x', text), { diagnostics });
  diagnostics.throwIfErrors();
  assert.ok(parsed);
  return parsed;
}

/** The tree as text, fully bracketed. */
function show(node: Expression): string {
  switch (node.kind) {
    case 'binary':
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case 'unary':
      return `(${node.operator}${show(node.operand)})`;
    case 'conditional':
      return `(${show(node.condition)} ? ${show(node.then)} : ${show(node.otherwise)})`;
    case 'parentheses':
      return show(node.inner);
    case 'index':
      return `${show(node.collection)}[${show(node.key)}]`;
    case 'relative-traversal':
      return `${show(node.source)}${node.steps.map((step) => `.${step.key}`).join('')}`;
    default:
      return node.range.text;
  }
}

test('punctuation is cut as long as possible', () => {
  assert.deepEqual(tokens('== => = != ! <= < >= > && || ... . ~}'), [
    '==',
    '=>',
    '=',
    '!=',
    '!',
    '<=',
    '<',
    '>=',
    '>',
    '&&',
    '||',
    '...',
    '.',
    '~}',
  ]);
  assert.deepEqual(tokens('{}[](),:?+-*/%"'), [
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    ':',
    '?',
    '+',
    '-',
    '*',
    '/',
    '%',
    '"',
  ]);
  assert.deepEqual(tokens('a<<EOF'), ['name', '<<', 'name']);
  assert.deepEqual(tokens("& | ~ ' ` @ ;"), ['bad', 'bad', 'bad', 'bad', 'bad', 'bad', 'bad']);
});

test('names hold dashes and letters of any alphabet', () => {
  assert.deepEqual(tokens('a-b_c1 ñandú _x 日本'), ['name', 'name', 'name', 'name']);
  assert.equal(isName('a-b'), true);
  assert.equal(isName('1a'), false);
  assert.equal(isName('a b'), false);
  assert.equal(isName(''), false);
  assert.equal(isName(' a'), false);
});

test('numbers end where they can', () => {
  assert.deepEqual(tokens('1 1.5 1e5 1.5E-3 2.x 1e'), [
    'number',
    'number',
    'number',
    'number',
    'number',
    '.',
    'name',
    'number',
    'name',
  ]);
});

test('a lone carriage return ends no line', () => {
  assert.deepEqual(tokens('a\rb\r\nc'), ['name', 'bad', 'name', 'newline', 'name']);
});

test('comments of all kinds are blanks; the line end after them counts', () => {
  assert.deepEqual(tokens('a # x\nb // y\n/* z\n */ c'), ['name', 'newline', 'name', 'newline', 'name']);
  assert.deepEqual(tokens('a # x\nb', true), ['name', 'name']);
  assert.deepEqual(tokens('a # x\r\nb'), ['name', 'newline', 'name']);
  assert.deepEqual(tokens('a /* x').slice(0, 2), ['name', 'open-comment']);
});

test('operators bind as in the specification', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a || b && c', '(a || (b && c))'],
    ['a && b == c', '(a && (b == c))'],
    ['a == b < c', '(a == (b < c))'],
    ['a < b + c', '(a < (b + c))'],
    ['a + b * c', '(a + (b * c))'],
    ['-a * b', '((-a) * b)'],
    ['!a && b', '((!a) && b)'],
    ['a - b - c', '((a - b) - c)'],
    ['a ? b : c ? d : e', '(a ? b : (c ? d : e))'],
    ['a || b ? c : d', '((a || b) ? c : d)'],
    ['f(x)[y].z', 'f(x)[y].z'],
  ];
  for (const [text, expected] of cases) assert.equal(show(expression(text)), expected, text);
});

test('a single expression may span lines and must be all there is', () => {
  assert.equal(show(expression('\n 1 +\n 2\n')), '(1 + 2)');
  assert.throws(() => expression('1 2'), /Extra characters after expression/);
  assert.throws(() => expression(''), /Invalid expression/);
});

test('every node knows its place', () => {
  const node = expression('alpha + beta.gamma["d"]');
  assert.equal(node.kind, 'binary');
  if (node.kind !== 'binary') return;
  assert.equal(node.right.range.text, 'beta.gamma["d"]');
  assert.equal(
    node.right.kind === 'traversal' ? node.right.steps.map((step) => step.range.text).join('|') : '',
    '.gamma|["d"]',
  );
});

test('a file is arguments and blocks with labels of both kinds', () => {
  const diagnostics = new Diagnostics();
  const text = '# c\na = 1\nblock "one" two {\n  b = 2 // x\n  inner {}\n}\n\nblock { c = 3 }';
  const body = parseNative(new Source('f', text), { diagnostics });
  assert.deepEqual(diagnostics.list, []);
  assert.deepEqual(
    body.attributes.map((each) => each.name),
    ['a'],
  );
  assert.deepEqual(
    body.blocks.map((each) => [each.type, each.labels.map((label) => label.text)]),
    [
      ['block', ['one', 'two']],
      ['block', []],
    ],
  );
  assert.equal(body.blocks[0]?.range.text, text.slice(10, text.indexOf('\n\nblock')));
  assert.equal(body.blocks[0]?.body.blocks[0]?.type, 'inner');
});

test('an empty file is an empty body', () => {
  for (const text of ['', '\n\n', '# only a comment', '\r\n', '   ']) {
    assert.deepEqual(headlines(text), [], JSON.stringify(text));
    assert.equal(fixture(text).body.everything().attributes.size, 0);
  }
});

test('a byte order mark is no part of the text, but of the byte offsets', () => {
  const diagnostics = new Diagnostics();
  const file = parseHcl({ name: 'f', text: Buffer.from('\u{feff}a = 1\n') }, { diagnostics });
  assert.deepEqual(diagnostics.list, []);
  assert.equal(file.source.text, 'a = 1\n');
  assert.deepEqual(file.source.position(0), { byte: 3, line: 1, column: 1 });
});

test('text that is no UTF-8 is refused', () => {
  const diagnostics = new Diagnostics();
  parseHcl({ name: 'f', text: Uint8Array.of(0x61, 0xff) }, { diagnostics });
  parseHcl({ name: 'f', text: 'a = "\ud800"' }, { diagnostics });
  assert.deepEqual(
    diagnostics.list.map((each) => each.summary),
    ['Invalid character encoding', 'Invalid character encoding'],
  );
});

test('a file that is too large is refused before it is read', () => {
  const diagnostics = new Diagnostics();
  parseHcl({ name: 'f', text: 'a = 1' }, { diagnostics, limits: { ...defaultLimits, sourceBytes: 4 } });
  assert.deepEqual(diagnostics.list.map(formatHeadline), [
    'f:1,1-1: File too large; The file has 5 bytes; 4 are allowed.',
  ]);
  assert.equal(diagnostics.limitReached, true);
});

test('the syntax is found by content', () => {
  assert.equal(looksLikeJson(' \n{"a": 1}'), true);
  assert.equal(looksLikeJson('[{}]'), true);
  assert.equal(looksLikeJson('a = {}'), false);
  assert.equal(looksLikeJson(''), false);
});

test('HCL1 reads what old files hold', () => {
  const diagnostics = new Diagnostics();
  const text =
    '"a" = 1, b = "${not.a.template} %{x}"\nmap { "k.x" = 1, z = 2 }\no = { a = 1 b = 2 }\na = 3\n';
  const file = parseHcl({ name: 'f', text }, { diagnostics, dialect: 'hcl1' });
  assert.deepEqual(diagnostics.errors, []);
  assert.deepEqual(
    diagnostics.warnings.map((each) => each.summary),
    ['Attribute redefined'],
  );
  const { attributes, blocks } = file.body.everything();
  assert.deepEqual(
    attributes.map((each) => each.name),
    ['a', 'b', 'o', 'a'],
  );
  assert.deepEqual(
    blocks.map((each) => each.type),
    ['map'],
  );
});

test('after a mistake, reading goes on with the next item', () => {
  assert.deepEqual(
    headlines('a = [1, {\n x = (2\n}\n]\nb = = 2\nc {\n d = $\n}\ne = "x\nf = 1\n').map(
      (each) => each.split(';')[0],
    ),
    [
      'test.hcl:3,1-2: Unbalanced parentheses',
      'test.hcl:5,5-6: Invalid expression',
      'test.hcl:7,6-7: Invalid expression',
      'test.hcl:9,5-6: Unterminated string literal',
    ],
  );
});

test('a file of nothing but mistakes ends after a bounded number of messages', () => {
  const found = headlines('= 1\n'.repeat(5000));
  assert.ok(found.length <= 50);
});

test('an item is skipped with its brackets, strings, comments and heredocs', () => {
  const rest = (text: string): string => text.slice(skipItem(text, 0));
  assert.equal(rest('a = {\n}\nnext'), '\nnext');
  assert.equal(rest('a = "}"\nnext'), '\nnext');
  assert.equal(rest('a = "\\"{"\nnext'), '\nnext');
  assert.equal(rest('a = [ # ]\n]\nnext'), '\nnext');
  assert.equal(rest('a = [ /* ] */\n]\nnext'), '\nnext');
  assert.equal(rest('a = <<E\n{{{\nE\nnext'), '\nnext');
  assert.equal(rest('a b }\nnext'), '}\nnext');
  assert.equal(rest('a = "never\nnext'), '\nnext');
  assert.equal(rest('a = <<E\nnever'), '');
});

test('references are found at any depth', () => {
  const names = (text: string): string[] =>
    referencesOf(expression(text))
      .map((each) => each.range.text)
      .sort();
  assert.deepEqual(names('a.b + f(c, [d, {e = g, (h) = i}], "${j} %{if k}${l}%{else}${m}%{endif}")'), [
    'a.b',
    'c',
    'd',
    'g',
    'h',
    'i',
    'j',
    'k',
    'l',
    'm',
  ]);
  assert.deepEqual(names('[for x in y : x if z]'), ['x', 'y', 'z']);
  assert.deepEqual(names('{for k, v in y : k => v...}'), ['k', 'v', 'y']);
  assert.deepEqual(names('a ? b : -c'), ['a', 'b', 'c']);
  assert.deepEqual(names('a[b][*].c'), ['a', 'b']);
  assert.deepEqual(names('"%{for x in y}${x}%{endfor}"'), ['x', 'y']);
  assert.deepEqual(names('(f(a)).b'), ['a']);
});

test('whole numbers of any literal form', () => {
  assert.equal(evaluateText('007'), 7);
  assert.throws(() => evaluateText('1e999'), /Invalid number literal/);
  assert.deepEqual(plain(evaluateText('[1,]')), [1]);
});
