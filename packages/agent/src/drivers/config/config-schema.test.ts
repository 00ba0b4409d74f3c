// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#base';
import {
  boolField,
  durationField,
  intField,
  nearest,
  readConfig,
  required,
  stringField,
  stringListField,
  stringMapField,
} from './config-schema.ts';

const what = 'config of driver test';
const fields = {
  command: required(stringField()),
  args: stringListField(),
  verbose: boolField(),
  count: intField({ min: 0, max: 10, fallback: 3 }),
  pause: durationField(250),
  labels: stringMapField(),
};

function refuses(config: Record<string, unknown>, message: string): void {
  assert.throws(
    () => readConfig(what, fields, config),
    (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'invalid');
      assert.equal(error.message, message);
      return true;
    },
  );
}

test('what is missing gets its default', () => {
  assert.deepEqual(readConfig(what, fields, { command: 'x', args: null, labels: undefined }), {
    command: 'x',
    args: [],
    verbose: false,
    count: 3,
    pause: 250,
    labels: {},
  });
});

test('values are converted as HCL does', () => {
  const config = {
    command: 8080,
    args: ['a', 1, true],
    verbose: 'true',
    count: '7',
    pause: '1m0.5s',
    labels: [{ a: 1, b: 'x' }],
  };
  assert.deepEqual(readConfig(what, fields, config), {
    command: '8080',
    args: ['a', '1', 'true'],
    verbose: true,
    count: 7,
    pause: 60_500,
    labels: { a: '1', b: 'x' },
  });
  assert.equal(readConfig(what, fields, { command: 'x', pause: 5_000_000 }).pause, 5);
  assert.equal(readConfig(what, fields, { command: 'x', verbose: 'false' }).verbose, false);
});

test('an unknown key is named, with the one that was probably meant or those that exist', () => {
  refuses({ comand: 'x' }, 'unknown key "comand" in config of driver test; did you mean "command"?');
  refuses({ ARGS: [] }, 'unknown key "ARGS" in config of driver test; did you mean "args"?');
  refuses(
    { image: 'x' },
    'unknown key "image" in config of driver test; known are command, args, verbose, count, pause, labels',
  );
  refuses(
    { [`x${'y'.repeat(10_000)}`]: 1 },
    `unknown key "x${'y'.repeat(63)}" in config of driver test; known are command, args, verbose, count, pause, labels`,
  );
  assert.throws(
    () => readConfig(what, {}, { a: 1 }),
    /unknown key "a" in config of driver test; it takes none/,
  );
});

test('keys of every object are not keys of the block', () => {
  for (const key of ['constructor', 'toString', 'hasOwnProperty'])
    refuses(
      { [key]: 'x' },
      `unknown key "${key}" in ${what}; known are command, args, verbose, count, pause, labels`,
    );
  const config: Record<string, unknown> = JSON.parse('{"__proto__": {"command": "x"}}');
  assert.throws(() => readConfig(what, fields, config), /unknown key "__proto__"/);
});

test('a value of the wrong type is shown with what is expected', () => {
  const of = (config: Record<string, unknown>): Record<string, unknown> => ({ command: 'x', ...config });
  refuses({}, 'missing key "command" in config of driver test: it must be a string');
  refuses(
    of({ command: ['x'] }),
    '"command" in config of driver test must be a string, not a list with something else in it',
  );
  refuses(of({ command: {} }), '"command" in config of driver test must be a string, not a map');
  refuses(of({ args: 'x y' }), '"args" in config of driver test must be a list of strings, not "x y"');
  refuses(of({ args: 5 }), '"args" in config of driver test must be a list of strings, not 5');
  refuses(
    of({ args: ['a', {}] }),
    '"args" in config of driver test must be a list of strings, not a list with something else in it',
  );
  refuses(of({ verbose: 'yes' }), '"verbose" in config of driver test must be true or false, not "yes"');
  refuses(of({ verbose: 1 }), '"verbose" in config of driver test must be true or false, not 1');
  refuses(of({ count: 11 }), '"count" in config of driver test must be a whole number from 0 to 10, not 11');
  refuses(of({ count: -1 }), '"count" in config of driver test must be a whole number from 0 to 10, not -1');
  refuses(
    of({ count: 1.5 }),
    '"count" in config of driver test must be a whole number from 0 to 10, not 1.5',
  );
  refuses(of({ count: '' }), '"count" in config of driver test must be a whole number from 0 to 10, not ""');
  refuses(
    of({ pause: 'soon' }),
    '"pause" in config of driver test must be a duration like "1m30s", not "soon"',
  );
  refuses(
    of({ pause: '-1s' }),
    '"pause" in config of driver test must be a duration like "1m30s", not "-1s"',
  );
  refuses(
    of({ labels: [{}, {}] }),
    '"labels" in config of driver test must be a map of strings, not a list with something else in it',
  );
  refuses(of({ labels: { a: [] } }), '"labels" in config of driver test must be a map of strings, not a map');
  refuses(
    of({ verbose: 'x'.repeat(1000) }),
    `"verbose" in config of driver test must be true or false, not "${'x'.repeat(60)}…"`,
  );
});

test('any JSON gives a result or an error of ours', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(fields)), fc.string()), fc.jsonValue()),
      (config) => {
        try {
          readConfig(what, fields, config);
        } catch (error) {
          assert.ok(error instanceof AppError);
          assert.equal(error.code, 'invalid');
        }
      },
    ),
  );
});

test('a suggestion is near, or there is none', () => {
  assert.equal(nearest('comand', ['args', 'command']), 'command');
  assert.equal(nearest('arg', ['args', 'command']), 'args');
  assert.equal(nearest('xyz', ['args', 'command']), undefined);
  assert.equal(nearest('', ['a']), 'a');
  assert.equal(nearest('x'.repeat(10_000), ['x']), undefined);
});
