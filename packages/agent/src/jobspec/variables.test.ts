// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, seededRandom } from '#base';
import { type ParseJobInput, parseJob } from './parse.ts';

const random = seededRandom(1);

const source = `
variable "image" {
  type    = string
  default = "default:1"
}
variable "count" {
  type = number
  default = 1
  validation {
    condition     = var.count < 10
    error_message = "The count must be less than ten."
  }
}
variable "zones" {
  type    = list(string)
  default = ["*"]
}
variables {
  owner = "nobody"
}
locals {
  title = upper(local.inner)
  inner = "\${var.owner}-x"
}
job "web" {
  datacenters = var.zones
  meta {
    title = local.title
  }
  group "g" {
    count = var.count
    task "t" {
      driver = "docker"
      config {
        image = var.image
      }
    }
  }
}
`;

function parse(input: Partial<ParseJobInput> = {}, text = source) {
  const { job } = parseJob({ source: text, filename: 'web.nomad', ...input }, { random });
  const group = job.TaskGroups?.[0];
  return {
    count: group?.Count,
    image: group?.Tasks?.[0]?.Config?.['image'],
    zones: job.Datacenters,
    title: job.Meta?.['title'],
  };
}

function refused(input: Partial<ParseJobInput>, text = source): string {
  try {
    parse(input, text);
  } catch (error) {
    assert.ok(error instanceof AppError);
    return error.message;
  }
  return assert.fail('the file was accepted');
}

test('defaults are used when nothing is given', () => {
  assert.deepEqual(parse(), { count: 1, image: 'default:1', zones: ['*'], title: 'NOBODY-X' });
});

test('the environment is overruled by files in order, files by options in order', () => {
  const env = { NOMAD_VAR_image: 'env:1', NOMAD_VAR_zones: '["a","b"]', OTHER: 'x', NOMAD_VAR_unknown: 'x' };
  assert.deepEqual(parse({ env }), { count: 1, image: 'env:1', zones: ['a', 'b'], title: 'NOBODY-X' });
  const varFiles = [
    { name: 'a.hcl', text: 'image = "file:1"\ncount = 2\n' },
    { name: 'b.json', text: '{"image": "file:2", "owner": "me"}' },
  ];
  assert.deepEqual(parse({ env, varFiles }), {
    count: 2,
    image: 'file:2',
    zones: ['a', 'b'],
    title: 'ME-X',
  });
  const variables = ['image=flag:1', 'image=flag:2=x', 'count=3'];
  assert.deepEqual(parse({ env, varFiles, variables }), {
    count: 3,
    image: 'flag:2=x',
    zones: ['a', 'b'],
    title: 'ME-X',
  });
});

test('a variable without a value is named, with three ways to set it', () => {
  const text = 'variable "key" {}\njob "a" {\n  name = var.key\n}\n';
  const message = refused({}, text);
  assert.match(message, /web\.nomad:1,1-15: Unset variable "key"/);
  assert.match(message, /-var.*-var-file.*NOMAD_VAR_key/s);
  assert.equal(message.split('Unset variable').length, 2);
});

test('a validation rule that fails says so in its own words', () => {
  assert.match(refused({ variables: ['count=12'] }), /The count must be less than ten\./);
});

test('a value of the wrong type is refused', () => {
  assert.match(refused({ variables: ['count=many'] }), /var\.count/);
  assert.match(refused({ env: { NOMAD_VAR_zones: '{' } }), /zones/);
});

test('an option for an unknown variable is an error; in a file only when strict', () => {
  assert.match(refused({ variables: ['imgae=x'] }), /Undefined -var variable; .*"imgae"/);
  assert.match(refused({ variables: ['image'] }), /Invalid -var option/);
  const varFiles = [{ name: 'vars.hcl', text: 'other = 1\n' }];
  assert.match(refused({ varFiles }), /vars\.hcl:1,1-6: Undefined variable/);
  assert.deepEqual(parse({ varFiles, strict: false }), parse());
  const relaxed = parseJob({ source, filename: 'web.nomad', varFiles, strict: false }, { random });
  assert.match(relaxed.warnings.join(), /vars\.hcl:1,1-6: Undefined variable/);
});

test('a mistake in a variable file has its own place', () => {
  assert.match(refused({ varFiles: [{ name: 'vars.hcl', text: '\nimage = \n' }] }), /vars\.hcl:2,/);
});

test('locals in a circle are refused', () => {
  const text = 'locals {\n  a = local.b\n  b = local.a\n}\njob "x" {\n  name = local.a\n}\n';
  assert.match(refused({}, text), /web\.nomad:2,3-4: Circular reference; .*local\.a -> local\.b -> local\.a/);
});

test('a misspelt variable is not taken for text of the run time', () => {
  assert.match(refused({}, 'job "x" {\n  name = "${var.nope}"\n}\n'), /nope/);
});
