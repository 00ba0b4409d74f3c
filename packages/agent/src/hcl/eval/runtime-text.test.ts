// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateText, plain } from '../fixture.ts';
import { makeObject } from '../value/value.ts';

const options = { unknown: 'text' as const, variables: { var: makeObject([['key', 'rack']]) } };

function same(expression: string, expected: unknown): void {
  assert.deepEqual(plain(evaluateText(expression, options)), expected, expression);
}

function fails(expression: string, pattern: RegExp): void {
  assert.throws(() => evaluateText(expression, options), pattern, expression);
}

test('names that nothing defines stay as they were written', () => {
  same('"${node.class}"', '${node.class}');
  same('"${attr.kernel.name}"', '${attr.kernel.name}');
  same('"${meta.x}"', '${meta.x}');
  same('"${NOMAD_PORT_http}"', '${NOMAD_PORT_http}');
  same('"${env["a.b"]}"', '${env["a.b"]}');
  same('"${node.unique.id}"', '${node.unique.id}');
  same('"${ node.class }"', '${node.class}');
  same(
    '"${attr.driver.docker.bridge_ip}:${NOMAD_PORT_db}"',
    '${attr.driver.docker.bridge_ip}:${NOMAD_PORT_db}',
  );
  same('"http://${NOMAD_ADDR_web}/"', 'http://${NOMAD_ADDR_web}/');
});

test('a bare name is kept, too', () => {
  same('node.class', '${node.class}');
  same('[node.class, "x"]', ['${node.class}', 'x']);
  same('{ a = attr.x }', { a: '${attr.x}' });
});

test('known and unknown names mix', () => {
  same('"${var.key}-${node.class}"', 'rack-${node.class}');
  same('"%{ if true }${meta.x}%{ endif }"', '${meta.x}');
  same('[for i in [1, 2] : "${i}-${NOMAD_ALLOC_INDEX}"]', [
    '1-${NOMAD_ALLOC_INDEX}',
    '2-${NOMAD_ALLOC_INDEX}',
  ]);
  same('<<EOF\n${var.key} ${NOMAD_TASK_DIR}\nEOF', 'rack ${NOMAD_TASK_DIR}\n');
});

test('function arguments hold the text', () => {
  same('format("%s/x", NOMAD_TASK_DIR)', '${NOMAD_TASK_DIR}/x');
  same('join(",", [node.class, "a"])', '${node.class},a');
  same('base64encode(node.class)', Buffer.from('${node.class}').toString('base64'));
  same('jsonencode({ a = node.class })', '{"a":"${node.class}"}');
  same('try(node.class, "x")', '${node.class}');
});

test('computed keys of unknown names are put into the text', () => {
  same('"${meta[var.key]}"', '${meta["rack"]}');
  same('"${env[1]}"', '${env[1]}');
  same('"${meta["${var.key}_x"]}"', '${meta["rack_x"]}');
});

test('splats and further steps of unknown names stay text', () => {
  same('"${node.list[*].id}"', '${node.list[*].id}');
  same('"${meta[var.key].more}"', '${meta[var.key].more}');
});

test('equality works on the text, as in the original', () => {
  same('node.class == "x"', false);
  same('node.class == "${node.class}"', true);
});

test('calculating with what is known at run time only says why it fails', () => {
  fails('attr.cpu.numcores + 1', /\$\{attr\.cpu\.numcores\} is only known when the job runs/);
  fails('attr.x ? 1 : 2', /only known when the job runs/);
  fails('max(attr.cpu.numcores, 1)', /only known when the job runs/);
});

test('names that are defined are never kept', () => {
  fails('var.missing', /does not have an attribute named "missing"/);
});

test('doubled markers give the same text as an unknown name', () => {
  same('"$${node.class}"', '${node.class}');
});
