// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateText, plain } from '../fixture.ts';
import { makeObject, type Value } from '../value/value.ts';

const variables: Record<string, Value> = {
  name: 'web',
  count: 3,
  list: ['a', 'b'],
  map: makeObject([
    ['k1', 'v1'],
    ['k2', 'v2'],
  ]),
  nothing: null,
};

function same(expression: string, expected: unknown): void {
  assert.deepEqual(plain(evaluateText(expression, { variables })), expected, expression);
}

function fails(expression: string, pattern: RegExp): void {
  assert.throws(() => evaluateText(expression, { variables }), pattern, expression);
}

test('interpolations become text within text', () => {
  same('"${name}-${count}"', 'web-3');
  same('"a${1 + 1}b"', 'a2b');
  same('"${name}${name}"', 'webweb');
  same('"is ${true}"', 'is true');
  same('"${upper("${name}")}!"', 'WEB!');
  same('"${{ a = 1 }.a}x"', '1x');
  same('"x${1000000000000000000000}"', 'x1000000000000000000000');
  same('"x${0.0000001}"', 'x0.0000001');
});

test('a lone interpolation keeps the type of its value', () => {
  same('"${count}"', 3);
  same('"${list}"', ['a', 'b']);
  same('"${true}"', true);
  same('"${nothing}"', null);
  same('"${"${count}"}"', 3);
});

test('only text, numbers and bools fit into text', () => {
  fails('"x${list}"', /Invalid template interpolation value; .*type tuple/);
  fails('"x${map}"', /type object/);
  fails('"x${nothing}"', /The expression result is null/);
});

test('doubled markers stand for themselves', () => {
  same('"$${name}"', '${name}');
  same('"%%{if}"', '%{if}');
  same('"$$${name}"', '$${name}');
  same('"cost $5 and 100%"', 'cost $5 and 100%');
  same('"$"', '$');
  same('"a$"', 'a$');
});

test('directives choose and repeat', () => {
  same('"%{ if count > 2 }many%{ else }few%{ endif }"', 'many');
  same('"%{ if count > 5 }many%{ else }few%{ endif }"', 'few');
  same('"%{ if false }x%{ endif }"', '');
  same('"%{ for x in list }<${x}>%{ endfor }"', '<a><b>');
  same('"%{ for k, v in map }${k}=${v};%{ endfor }"', 'k1=v1;k2=v2;');
  same('"%{ for i, x in list }${i}%{ if i == 0 },%{ endif }%{ endfor }"', '0,1');
  same('"%{ for a in list }%{ for b in list }${a}${b} %{ endfor }%{ endfor }"', 'aa ab ba bb ');
});

test('directives that do not fit together are reported', () => {
  fails('"%{ if true }x"', /Unterminated template directive; .* %\{ endif \}/);
  fails('"%{ for x in list }x"', /%\{ endfor \}/);
  fails('"x%{ endif }"', /Unexpected endif directive/);
  fails('"%{ else }"', /Unexpected else directive/);
  fails('"%{ if true }%{ endfor }"', /"endfor" comes first/);
  fails('"%{ if true }a%{ else }b%{ else }c%{ endif }"', /"else" comes first/);
  fails('"%{ while true }"', /"while" is not a template directive/);
  fails('"%{ for 1 in list }%{ endfor }"', /needs a name for each element/);
  fails('"%{ for x of list }%{ endfor }"', /requires the "in" keyword/);
  fails('"%{ for x in 5 }%{ endfor }"', /Iteration over non-iterable/);
  fails('"%{ if "q" }%{ endif }"', /must be of type bool/);
});

test('strip markers take the white space beside them', () => {
  same('"a  ${~ name ~}  b"', 'awebb');
  same('"a  ${~ name }  b"', 'aweb  b');
  same('"a  ${name ~}  b"', 'a  webb');
  same('"a %{~ if true ~} x %{~ endif ~} b"', 'axb');
  same('"a\\n  ${~ name ~}\\n  b"', 'awebb');
});

test('heredocs keep their lines and need no escapes', () => {
  same('<<EOF\none\n  two "quoted" \\n\nEOF', 'one\n  two "quoted" \\n\n');
  same('<<EOF\nEOF', '');
  same('<<EOF\n\nEOF', '\n');
  same('<<end-of_it\nx\nend-of_it', 'x\n');
  same('<<EOF\n${name} $${x} %%{y}\nEOF', 'web ${x} %{y}\n');
  same('<<EOF\nEOFX\nEOF', 'EOFX\n');
});

test('the closing marker of a heredoc may be indented', () => {
  same('<<EOF\n  x\n    EOF', '  x\n');
});

test('a dash takes away the common indentation', () => {
  same('<<-EOF\n    one\n      two\n    three\n  EOF', 'one\n  two\nthree\n');
  same('<<-EOF\n    one\n\n    two\n    EOF', 'one\n\ntwo\n');
  same('<<-EOF\n\t\tone\n\t\ttwo\n\tEOF', 'one\ntwo\n');
  same('<<-EOF\n  ${name}\n    x\n  EOF', 'web\n  x\n');
  same('<<-EOF\n${name}\n    x\n  EOF', 'web\n    x\n');
});

test('directives in heredocs with strip markers leave no empty lines', () => {
  const text = '<<-EOT\n    %{ for x in list ~}\n    item ${x}\n    %{ endfor ~}\n    end\n    EOT';
  // The markers come first, so the lines behind them are no longer the start of a line to the indentation.
  same(text, '    item a\n    item b\n    end\n');
  same('<<-EOT\n  %{ if true ~}\n  x\n  %{ endif }\n  EOT', '  x\n\n');
});

test('a heredoc can be an argument or an item', () => {
  same('trimspace(<<EOF\n x \nEOF\n)', 'x');
  same('[<<EOF\nx\nEOF\n, "y"]', ['x\n', 'y']);
  same('{\n a = <<EOF\nx\nEOF\n b = 1\n}', { a: 'x\n', b: 1 });
});

test('Windows line ends work', () => {
  same('<<EOF\r\none\r\nEOF\r\n', 'one\r\n');
});

test('mistakes in templates point at their place', () => {
  fails('"${}"', /1,8-9: Invalid expression/);
  fails('"${name"', /Extra characters|Unclosed|Unterminated/);
  fails('"${name name}"', /1,13-17: Extra characters after interpolation expression/);
  fails('"abc', /1,5-6: Unterminated string literal/);
  fails('"abc\ndef"', /Unterminated string literal/);
  fails('"\\q"', /1,6-8: Invalid escape sequence; The symbol "q"/);
  fails('"\\u12"', /must be followed by 4 hexadecimal digits/);
  fails('"\\ud800"', /name a character/);
  fails('"\\UFFFFFFFF"', /8 hexadecimal digits/);
  fails('<<EOF\nx\n', /Unterminated template string; No line holds the closing marker EOF/);
  fails('<<EOF x\nEOF', /Invalid heredoc/);
  fails('<< \nEOF', /Invalid heredoc/);
});
