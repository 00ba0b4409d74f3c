// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlagError, type FlagSpecs, nearest, parseFlags } from './flags.ts';

const specs: FlagSpecs = {
  'ca-cert': { kind: 'text', help: '' },
  detach: { kind: 'bool', help: '' },
  diff: { kind: 'bool', help: '', default: true },
  var: { kind: 'list', help: '' },
  n: { kind: 'int', help: '', default: -1 },
  wait: { kind: 'duration', help: '', default: '2s' },
  'data-dir': { kind: 'text', help: '', alias: 'datadir' },
};

test('one or two dashes, value after "=" or as the next argument', () => {
  for (const argv of [['-ca-cert=/x'], ['-ca-cert', '/x'], ['--ca-cert=/x'], ['--ca-cert', '/x']]) {
    const { flags, args } = parseFlags(specs, [...argv, 'job.hcl']);
    assert.equal(flags.text('ca-cert'), '/x');
    assert.deepEqual(args, ['job.hcl']);
  }
});

test('a value may hold "=", be empty, or look like a flag', () => {
  const { flags } = parseFlags(specs, ['-var', 'a=b=c', '-var=', '-var', '-x']);
  assert.deepEqual(flags.list('var'), ['a=b=c', '', '-x']);
});

test('a bool alone is true and takes no argument', () => {
  const { flags, args } = parseFlags(specs, ['-detach', 'false']);
  assert.equal(flags.bool('detach'), true);
  assert.deepEqual(args, ['false']);
  assert.equal(parseFlags(specs, ['-diff=false']).flags.bool('diff'), false);
  assert.equal(parseFlags(specs, []).flags.bool('diff'), true);
});

test('parsing stops at the first argument and after "--"', () => {
  assert.deepEqual(parseFlags(specs, ['a', '-detach']).args, ['a', '-detach']);
  assert.deepEqual(parseFlags(specs, ['--', '-detach']).args, ['-detach']);
  assert.deepEqual(parseFlags(specs, ['-']).args, ['-']);
});

test('flags anywhere on the line, when asked for', () => {
  const { flags, args } = parseFlags(specs, ['a', '-detach', 'b', '-n=3'], { anywhere: true });
  assert.deepEqual(args, ['a', 'b']);
  assert.equal(flags.int('n'), 3);
  assert.ok(flags.bool('detach'));
});

test('the last value of a text flag wins; the order of repeated ones is kept', () => {
  const { flags } = parseFlags(specs, ['-ca-cert=1', '-var=a=1', '-ca-cert=2', '-var=b=2']);
  assert.equal(flags.text('ca-cert'), '2');
  assert.deepEqual(
    flags.given.map((g) => g.value),
    ['1', 'a=1', '2', 'b=2'],
  );
});

test('defaults, durations and aliases', () => {
  const { flags } = parseFlags(specs, ['-datadir=/d']);
  assert.equal(flags.text('data-dir'), '/d');
  assert.equal(flags.int('n'), -1);
  assert.equal(flags.durationMs('wait'), 2_000);
  assert.equal(parseFlags(specs, ['-wait=1m30.5s']).flags.durationMs('wait'), 90_500);
  assert.equal(flags.has('wait'), false);
});

test('what is wrong is named', () => {
  const cases: [string[], RegExp][] = [
    [['-detatch'], /not defined: -detatch; did you mean -detach\?/],
    [['-zzzzzz'], /not defined: -zzzzzz$/],
    [['-ca-cert'], /needs an argument: -ca-cert/],
    [['-detach=maybe'], /invalid boolean value "maybe" for -detach/],
    [['-n=x'], /-n: not a whole number/],
    [['-wait=5'], /-wait: not a duration/],
  ];
  for (const [argv, message] of cases) {
    assert.throws(
      () => parseFlags(specs, argv),
      (error) => error instanceof FlagError && message.test(error.message),
    );
  }
});

test('nearest offers only what is similar', () => {
  assert.equal(nearest('stauts', ['status', 'stop']), 'status');
  assert.equal(nearest('xyz', ['status', 'stop']), undefined);
});

test('a name with two neighbours swapped is near', () => {
  assert.equal(nearest('jbo', ['job', 'node']), 'job');
  assert.equal(nearest('verbsoe', ['verbose', 'version']), 'verbose');
  assert.equal(nearest('x', ['job']), undefined);
});

test('flags over more declarations keep their values, the others stand at their defaults', () => {
  const { flags } = parseFlags({ json: { kind: 'bool', help: '' } }, ['-json']);
  const wider = flags.over({
    json: { kind: 'bool', help: '' },
    wait: { kind: 'duration', help: '', default: '2s' },
  });
  assert.equal(wider.bool('json'), true);
  assert.equal(wider.durationMs('wait'), 2000);
});
