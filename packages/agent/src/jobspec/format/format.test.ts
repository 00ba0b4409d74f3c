// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#base';
import { jobFormat } from './format.ts';

function formats(before: string, after: string): void {
  assert.equal(jobFormat(before), after);
  assert.equal(jobFormat(after), after, 'not stable');
}

test('blocks and brackets are indented by two blanks', () => {
  formats(
    'job "a" {\ngroup "g" {\n        task "t" {}\n}\n    }\n',
    'job "a" {\n  group "g" {\n    task "t" {}\n  }\n}\n',
  );
  formats('a = [\n1,\n  [\n2,\n],\n]\n', 'a = [\n  1,\n  [\n    2,\n  ],\n]\n');
});

test('brackets that open together are one level', () => {
  formats('a = f([{\nb = 1\n}])\n', 'a = f([{\n  b = 1\n}])\n');
  formats(
    'a = merge({\nb = 1\n}, {\nc = 2\n})\nd = 3\n',
    'a = merge({\n  b = 1\n  }, {\n  c = 2\n})\nd = 3\n',
  );
});

test('equal signs of neighbouring lines stand in one column', () => {
  formats('a=1\nbcd =2\n\nlong_name=3\nx=4\n', 'a   = 1\nbcd = 2\n\nlong_name = 3\nx         = 4\n');
});

test('an expression over several lines ends the column, a heredoc does not', () => {
  formats('a=1\nbcd={\nx=1\n}\ne=2\n', 'a = 1\nbcd = {\n  x = 1\n}\ne = 2\n');
  formats(
    'data=<<EOF\n x  =y\n   EOF\ndestination="d"\n',
    'data        = <<EOF\n x  =y\n   EOF\ndestination = "d"\n',
  );
});

test('operators, commas and brackets have their blanks', () => {
  formats('a=1+2*-3\n', 'a = 1 + 2 * -3\n');
  formats('a=!b&&c||d!=e\n', 'a = !b && c || d != e\n');
  formats('a=b?c:d\n', 'a = b ? c : d\n');
  formats('a=f( 1 ,2 , x... )\n', 'a = f(1, 2, x...)\n');
  formats('a=b [ 0 ] . c [ * ] . d\n', 'a = b[0].c[*].d\n');
  formats(
    'a=[for  k,v in  m:k=>v if v]\n'.replace('[', '{').replace(']', '}'),
    'a = { for k, v in m : k => v if v }\n',
  );
  formats('a=(1-2)-x\n', 'a = (1 - 2) - x\n');
  formats('a=[-1,- 2]\n', 'a = [-1, -2]\n');
  formats('a={}\nb=[]\n', 'a = {}\nb = []\n');
});

test('text in strings is left alone, expressions in it are laid out', () => {
  formats(
    'a = "x  ${ f("}",  { k = "v" }) } \\" $${no} %{ if true }y%{ endif }"\n',
    'a = "x  ${f("}", { k = "v" })} \\" $${no} %{if true}y%{endif}"\n',
  );
  formats(
    'a = <<EOF\n  ${  b+1  }  %{~ if c ~}\n\tx\n%{ endif }\nEOF\n',
    'a = <<EOF\n  ${b + 1}  %{~if c~}\n\tx\n%{endif}\nEOF\n',
  );
});

test('comments stay; behind code they stand in one column', () => {
  formats(
    '# top\na=1 # one\nbcd=22 // two\n\n/* block\n   comment */\nc=3   \n',
    '# top\na   = 1  # one\nbcd = 22 // two\n\n/* block\n   comment */\nc = 3\n',
  );
  formats('job "a" {   # note\n# inside\n}\n', 'job "a" { # note\n  # inside\n}\n');
});

test('line ends and blank lines stay as they are', () => {
  formats('a = 1\n\n\nb = 2\n\n\n', 'a = 1\n\n\nb = 2\n\n\n');
  formats('a=1', 'a = 1');
  formats('', '');
  formats('\n  \n', '\n\n');
  formats('a=1\r\nb=2\r\n', 'a = 1\r\nb = 2\r\n');
});

test('a byte order mark goes', () => {
  formats('\u{feff}a=1\n', 'a = 1\n');
});

test('one-line blocks stay on their line', () => {
  formats('port "http" {static=80}\n', 'port "http" { static = 80 }\n');
});

test('text that does not parse is refused with its place', () => {
  assert.throws(
    () => jobFormat('job "a" {\n  b =\n}\n', 'web.nomad'),
    (error) => error instanceof AppError && /^web\.nomad:2,/.test(error.message),
  );
});
