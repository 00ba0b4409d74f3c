// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaOf } from '../body/schema.ts';
import { formatHeadline } from '../diagnostic.ts';
import { fixture, plain } from '../fixture.ts';
import type { VariableSources } from './assignment.ts';
import { inputScope } from './inputs.ts';

const schema = schemaOf(['result'], { variable: ['name'], variables: [], locals: [] });

function run(text: string, sources: VariableSources = {}): { result: unknown; reported: string[] } {
  const { body, diagnostics } = fixture(text);
  const content = body.content(schema);
  const scope = inputScope(content.blocks, sources, body.scope);
  const result = body.withScope(scope).content(schema).attribute('result')?.evaluate();
  return { result: plain(result), reported: diagnostics.list.map(formatHeadline) };
}

function good(text: string, sources: VariableSources, expected: unknown): void {
  const { result, reported } = run(text, sources);
  assert.deepEqual(reported, [], text);
  assert.deepEqual(result, expected, text);
}

const declared = 'variable "x" {\n  type    = string\n  default = "d"\n}\nresult = var.x\n';

test('sources win in the order default, environment, file, flag', () => {
  const environment = { NOMAD_VAR_x: 'env' };
  const files = [{ name: 'a.hcl', text: 'x = "file"' }];
  good(declared, {}, 'd');
  good(declared, { environment }, 'env');
  good(declared, { environment, files }, 'file');
  good(declared, { environment, files, flags: ['x=flag'] }, 'flag');
  good(declared, { flags: ['x=1', 'x=2'] }, '2');
  good(declared, { files: [...files, { name: 'b.json', text: '{"x": "later"}' }] }, 'later');
});

test('text of flags and environment is taken as it is for strings', () => {
  good(declared, { flags: ['x=a=b ["c"] ${d}'] }, 'a=b ["c"] ${d}');
  good('variable "x" {}\nresult = var.x\n', { flags: ['x=[1]'] }, '[1]');
  good('variable "x" {\n type = number\n}\nresult = var.x + 1\n', { flags: ['x=4'] }, 5);
});

test('text is an expression for other types', () => {
  const list = 'variable "x" {\n type = list(string)\n}\nresult = var.x\n';
  good(list, { flags: ['x=["a", "b"]'] }, ['a', 'b']);
  good(list, { environment: { NOMAD_VAR_x: '["a"]' } }, ['a']);
  good('variable "x" {\n type = map(number)\n}\nresult = var.x\n', { flags: ['x={a=1}'] }, { a: 1 });
  good('variable "x" {\n type = bool\n}\nresult = !var.x\n', { flags: ['x=true'] }, false);
  const { reported } = run(list, { flags: ['x=[oops'] });
  assert.match(
    reported.join(),
    /<value for var\.x from the option -var x=…>:1,1-2: Unterminated tuple|Unset variable/,
  );
});

test('values are converted to the type of the variable', () => {
  const text =
    'variable "x" {\n type = object({ n = number, s = optional(string, "q") })\n default = { n = "5" }\n}\nresult = var.x\n';
  good(text, {}, { n: 5, s: 'q' });
  assert.deepEqual(run('variable "x" {\n type = number\n}\n', { flags: ['x=five'] }).reported, [
    "test.hcl:1,1-13: Invalid value for variable; The value for var.x from the option -var x=… is not compatible with the variable's type constraint: a number is required.",
  ]);
});

test('a variable without a value is unset', () => {
  assert.deepEqual(run('variable "x" {}\nresult = var.x\n').reported, [
    'test.hcl:1,1-13: Unset variable "x"; A used variable must be set or have a default value: set it with -var \'x=…\', in a file given with -var-file, or in the environment as NOMAD_VAR_x.',
  ]);
});

test('null is a default', () => {
  good('variable "x" {\n type = string\n default = null\n}\nresult = var.x == null\n', {}, true);
});

test('the short form declares variables of any type', () => {
  good('variables {\n  a = 1\n  b = ["x"]\n}\nresult = [var.a, var.b]\n', { flags: ['a=z'] }, ['z', ['x']]);
});

test('declarations are checked', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'variable "x" {\n default = 1\n}\nvariable "x" {\n default = 2\n}\n',
      /4,1-13: Duplicate variable; Duplicate x variable definition found/,
    ],
    ['variable "1x" {\n default = 1\n}\n', /1,10-14: Invalid variable name/],
    ['variable "x" {\n type = strng\n default = 1\n}\n', /2,9-14: Invalid type specification/],
    [
      'variable "x" {\n type = number\n default = "q"\n}\n',
      /3,12-15: Invalid default value for variable; .*: a number is required/,
    ],
    [
      'variable "x" {\n defalt = 1\n}\n',
      /An argument named "defalt" is not expected here\. Did you mean "default"/,
    ],
    ['variable "x" {\n default = nothing\n}\n', /Unknown variable/],
  ];
  for (const [text, pattern] of cases) assert.match(run(text).reported.join('\n'), pattern, text);
});

test('a wrong default is not reported as unset, too', () => {
  assert.equal(run('variable "x" {\n type = number\n default = "q"\n}\nresult = 1\n').reported.length, 1);
});

const validated = `variable "x" {
  default = 5
  validation {
    condition     = var.x > 3
    error_message = "The value must be more than 3."
  }
}
result = var.x
`;

test('validation accepts and refuses', () => {
  good(validated, {}, 5);
  good(validated, { flags: ['x=4'] }, '4');
  assert.deepEqual(run(validated, { flags: ['x=2'] }).reported, [
    'test.hcl:1,1-13: Invalid value for variable; The value must be more than 3.\n\nThis was checked by the validation rule at test.hcl:3,3-13.',
  ]);
});

test('validation rules themselves are checked', () => {
  const rule = (condition: string, message: string): string =>
    `variable "x" {\n default = 1\n validation {\n condition = ${condition}\n error_message = "${message}"\n }\n}\n`;
  assert.match(
    run(rule('true', 'Bad.')).reported.join(),
    /must refer to var\.x in order to test incoming values/,
  );
  assert.match(run(rule('var.x', 'Bad.')).reported.join(), /Incorrect condition type/);
  assert.match(run(rule('nothing(var.x)', 'Bad.')).reported.join(), /Call to unknown function/);
  assert.match(run(rule('var.x > 0', 'not a sentence')).reported.join(), /should be a full sentence/);
  assert.deepEqual(run(rule('var.x > 0 ? true : false', 'Is it good?')).reported, []);
  assert.match(
    run('variable "x" {\n default = 1\n validation {}\n}\n').reported.join(),
    /"condition" is required.*"error_message" is required/s,
  );
});

test('files and flags may set only what is declared', () => {
  const files = [{ name: 'v.hcl', text: 'y = 1\n' }];
  assert.match(
    run(declared, { files }).reported.join(),
    /v\.hcl:1,1-2: Undefined variable; A "y" variable was set but was not found/,
  );
  const lenient = run(declared, { files, strict: false });
  assert.match(lenient.reported.join(), /Undefined variable/);
  assert.equal(lenient.result, 'd');
  assert.match(
    run(declared, { flags: ['y=1'] }).reported.join(),
    /Undefined -var variable; A "y" variable was passed in the command line/,
  );
  assert.match(
    run(declared, { flags: ['novalue'] }).reported.join(),
    /The given -var option "novalue" is not correctly specified/,
  );
  assert.match(run(declared, { flags: ['=x'] }).reported.join(), /not correctly specified/);
});

test('the environment may hold variables of other files', () => {
  good(declared, { environment: { NOMAD_VAR_other: '1', NOMAD_VAR_x: undefined, PATH: '/bin' } }, 'd');
});

test('variable files are constants', () => {
  assert.match(
    run(declared, { files: [{ name: 'v.hcl', text: 'x = upper("a")' }] }).reported.join(),
    /no function named "upper"/,
  );
  assert.match(
    run(declared, { files: [{ name: 'v.hcl', text: 'x = "${y}"' }] }).reported.join(),
    /Unknown variable/,
  );
  assert.match(
    run(declared, { files: [{ name: 'v.hcl', text: 'x {}' }] }).reported.join(),
    /Blocks are not allowed here/,
  );
  good(declared, { files: [{ name: 'v.json', text: '{"x": "${literal}"}' }] }, '${literal}');
});

test('local values refer to each other in any order', () => {
  good('locals {\n a = local.b + 1\n b = local.c * 2\n}\nlocals {\n c = 5\n}\nresult = local.a\n', {}, 11);
  good(
    'variable "x" {\n default = 2\n}\nlocals {\n l = [for i in range(var.x) : local.p]\n p = "q"\n}\nresult = local.l\n',
    {},
    ['q', 'q'],
  );
});

test('local values in a circle are reported as such', () => {
  assert.match(
    run('locals {\n a = local.b\n b = local.c\n c = local.a\n}\n').reported.join(),
    /Circular reference; .*local\.a -> local\.b -> local\.c -> local\.a/,
  );
  assert.match(run('locals {\n a = local.a\n}\n').reported.join(), /local\.a -> local\.a/);
});

test('one broken local value is one message', () => {
  assert.equal(run('locals {\n a = nothing\n b = local.a\n c = local.b\n}\n').reported.length, 1);
});

test('local values have one definition', () => {
  assert.match(
    run('locals {\n a = 1\n}\nlocals {\n a = 2\n}\n').reported.join(),
    /Duplicate value in local; Duplicate a definition found/,
  );
});

test('an unknown variable or local value is named with the nearest', () => {
  assert.match(run(`${declared.replace('var.x', 'var.y')}`).reported.join(), /no.* attribute named "y"/);
  assert.match(run('locals {\n name = 1\n}\nresult = local.nmae\n').reported.join(), /Did you mean "name"/);
});
