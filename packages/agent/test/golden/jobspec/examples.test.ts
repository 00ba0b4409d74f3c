// SPDX-License-Identifier: MPL-2.0
// Every example and the files of `job init` parse, are valid without a warning and are formatted.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '#base';
import { fullExample, jobFormat, parseJob, shortExample } from '#jobspec';
import { canonicalizeJob, validateJob } from '#model';

const directory = new URL('../../../../../examples/jobs/', import.meta.url);
const examples = readdirSync(directory).filter((name) => name.endsWith('.nomad.hcl'));

function check(filename: string, source: string, varFiles: readonly string[] = []): string {
  const files = varFiles.map((name) => ({ name, text: readFileSync(new URL(name, directory), 'utf8') }));
  const { job, warnings } = parseJob({ source, filename, varFiles: files }, { random: seededRandom(1) });
  const stored = canonicalizeJob(job);
  assert.deepEqual(validateJob(stored), { errors: [], warnings: [] });
  assert.deepEqual(warnings, []);
  assert.equal(jobFormat(source, filename), source, `${filename} is not formatted`);
  return stored.ID;
}

test('there is an example of each kind of job, one with variables and the one of npm start', () => {
  assert.deepEqual(examples.sort(), [
    'batch.nomad.hcl',
    'hello.nomad.hcl',
    'parameterized.nomad.hcl',
    'periodic.nomad.hcl',
    'service.nomad.hcl',
    'system.nomad.hcl',
    'variables.nomad.hcl',
  ]);
});

for (const name of examples) {
  test(`example ${name} is valid`, () => {
    assert.ok(check(name, readFileSync(new URL(name, directory), 'utf8')));
  });
}

test('the values file fits the example with variables', () => {
  const source = readFileSync(new URL('variables.nomad.hcl', directory), 'utf8');
  assert.equal(check('variables.nomad.hcl', source, ['values.vars.hcl']), 'greeter');
});

test('both files of job init are valid', () => {
  assert.equal(check('example.nomad.hcl', fullExample), 'example');
  assert.equal(check('example.nomad.hcl', shortExample), 'example');
});

test('what the full example comments out is valid, too', () => {
  const lines = fullExample.split('\n').map((line) =>
    // Code in comments: an assignment, a block or a closing brace.
    /^\s*# (?:\s*)(?:\w+\s*=|\w+ ?(?:"\w+" )?\{$|\}$)/.test(line) ? line.replace('# ', '') : line,
  );
  const source = lines.join('\n');
  assert.notEqual(source, fullExample);
  const { job } = parseJob({ source, filename: 'example' }, { random: seededRandom(1) });
  assert.deepEqual(validateJob(canonicalizeJob(job)).errors, []);
});
