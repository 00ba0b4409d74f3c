// SPDX-License-Identifier: MPL-2.0
// Variables: every source gives the same value, the later source wins, types hold. Dynamic blocks: the same as written out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '#base';
import {
  Body,
  Diagnostics,
  formatHeadline,
  inputScope,
  parseHcl,
  Scope,
  schemaOf,
  standardFunctions,
  type VariableSources,
} from '#hcl';

const functions = standardFunctions({ random: seededRandom(1) });
const schema = schemaOf(['result'], { variable: ['name'], variables: [], locals: [] });
const runs = { numRuns: 200 };

interface Outcome {
  readonly result: unknown;
  readonly reported: readonly string[];
}

function run(text: string, sources: VariableSources): Outcome {
  const diagnostics = new Diagnostics();
  const file = parseHcl({ name: 'v.hcl', text }, { diagnostics });
  const body = new Body(file.body, Scope.root({ diagnostics, functions, unknown: 'error' }));
  const content = body.content(schema);
  const scope = inputScope(content.blocks, sources, body.scope);
  const result = body.withScope(scope).content(schema).attribute('result')?.evaluate();
  return {
    result: JSON.parse(JSON.stringify(result ?? null)),
    reported: diagnostics.list.map(formatHeadline),
  };
}

/** A type and a value of it, as JSON, which is also an expression of the language. */
interface Typed {
  readonly type: string;
  readonly value: unknown;
}

const word = fc.stringMatching(/^[a-z]{1,5}$/);
const primitive: fc.Arbitrary<Typed> = fc.oneof(
  fc
    .stringMatching(/^[a-zA-Z0-9 äöü.:-]{0,8}$/)
    .map((value) => ({ type: 'string', value: value.normalize('NFC') })),
  fc.integer({ min: -1000, max: 1000 }).map((value) => ({ type: 'number', value })),
  fc.boolean().map((value) => ({ type: 'bool', value })),
);

const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: word,
  number: fc.integer({ min: 0, max: 99 }),
  bool: fc.boolean(),
};

const collection: fc.Arbitrary<Typed> = fc.constantFrom('string', 'number', 'bool').chain((element) => {
  const item = values[element] ?? word;
  return fc.oneof(
    fc.array(item, { maxLength: 4 }).map((value) => ({ type: `list(${element})`, value })),
    fc.dictionary(word, item, { maxKeys: 4 }).map((value) => ({ type: `map(${element})`, value })),
    fc
      .array(item, { maxLength: 4 })
      .map((value) => ({ type: `object({ a = list(${element}) })`, value: { a: value } })),
    fc.tuple(item, word).map((value) => ({ type: `tuple([${element}, string])`, value })),
  );
});

const typed = fc.oneof(primitive, collection);

/** Text of a flag or of the environment: strings as they are, anything else an expression. */
function flagText({ type, value }: Typed): string {
  return type === 'string' ? String(value) : JSON.stringify(value);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('default, environment, file and option give the same value', () => {
  fc.assert(
    fc.property(typed, (each) => {
      const head = `variable "x" {\n type = ${each.type}\n`;
      const written = JSON.stringify(each.value);
      const plainHead = `${head}}\nresult = var.x\n`;
      const answers = [
        run(`${head} default = ${written}\n}\nresult = var.x\n`, {}),
        run(plainHead, { environment: { NOMAD_VAR_x: flagText(each) } }),
        run(plainHead, { flags: [`x=${flagText(each)}`] }),
        run(plainHead, { files: [{ name: 'a.hcl', text: `x = ${written}\n` }] }),
        run(plainHead, { files: [{ name: 'a.json', text: `{"x": ${written}}` }] }),
      ];
      for (const answer of answers) assert.deepEqual(answer, { result: plain(each.value), reported: [] });
    }),
    runs,
  );
});

test('the last source that says something wins', () => {
  const given = fc.option(word, { nil: undefined });
  fc.assert(
    fc.property(
      given,
      given,
      fc.array(word, { maxLength: 3 }),
      fc.array(word, { maxLength: 3 }),
      (initial, env, files, flags) => {
        const declared = initial === undefined ? '' : ` default = "${initial}"\n`;
        const { result, reported } = run(`variable "x" {\n type = string\n${declared}}\nresult = var.x\n`, {
          ...(env === undefined ? {} : { environment: { NOMAD_VAR_x: env } }),
          files: files.map((value, i) => ({ name: `${i}.hcl`, text: `x = "${value}"\n` })),
          flags: flags.map((value) => `x=${value}`),
        });
        const expected = flags.at(-1) ?? files.at(-1) ?? env ?? initial;
        if (expected === undefined) assert.match(reported.join(), /Unset variable/);
        else assert.deepEqual({ result, reported }, { result: expected, reported: [] });
      },
    ),
    runs,
  );
});

test('a value has the type of its variable or is refused', () => {
  const types = fc.constantFrom('string', 'number', 'bool', 'list(string)', 'map(number)', 'set(string)');
  const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
    string: (value) => typeof value === 'string',
    number: (value) => typeof value === 'number',
    bool: (value) => typeof value === 'boolean',
    'list(string)': (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    'set(string)': (value) => Array.isArray(value) && new Set(value).size === value.length,
    'map(number)': (value) => Object.values(value as object).every((item) => typeof item === 'number'),
  };
  fc.assert(
    fc.property(types, typed, (type, { value }) => {
      const { result, reported } = run(`variable "x" {\n type = ${type}\n}\nresult = var.x\n`, {
        files: [{ name: 'a.json', text: JSON.stringify({ x: value }) }],
      });
      if (reported.length === 0) assert.ok(fits[type]?.(result), `${type}: ${JSON.stringify(result)}`);
      else assert.match(reported.join(), /a\.json:1,/);
    }),
    runs,
  );
});

test('validation lets through what its condition accepts', () => {
  fc.assert(
    fc.property(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }), (value, bound) => {
      const text = `variable "x" {
  type = number
  validation {
    condition     = var.x >= ${bound}
    error_message = "Must be at least the bound."
  }
}
result = var.x
`;
      const { reported } = run(text, { flags: [`x=${value}`] });
      assert.equal(reported.length === 0, value >= bound);
      if (value < bound) assert.match(reported.join(), /Must be at least the bound\./);
    }),
    runs,
  );
});

function blocks(text: string): unknown {
  const diagnostics = new Diagnostics();
  const file = parseHcl({ name: 'd.hcl', text }, { diagnostics });
  const body = new Body(file.body, Scope.root({ diagnostics, functions }), { dynamicBlocks: true });
  const content = body.content(schemaOf([], { b: ['name'] }));
  const result = content.blocks.map((block) => ({
    labels: block.labels.map((label) => label.text),
    key: block.body.everything().attribute('key')?.evaluate(),
    value: block.body.everything().attribute('value')?.evaluate(),
  }));
  assert.deepEqual(diagnostics.list.map(formatHeadline), []);
  return plain(result);
}

test('a dynamic block is its blocks written out', () => {
  const lists = fc.oneof(fc.array(word, { maxLength: 5 }), fc.dictionary(word, word, { maxKeys: 5 }));
  fc.assert(
    fc.property(lists, fc.constantFrom('', ' iterator = it\n'), (items, iterator) => {
      const name = iterator === '' ? 'b' : 'it';
      const generated = `dynamic "b" {\n for_each = ${JSON.stringify(items)}\n${iterator} labels = ["l-\${${name}.value}"]\n content {\n  key = ${name}.key\n  value = ${name}.value\n }\n}\n`;
      const entries = Array.isArray(items)
        ? items.map((value, i): [unknown, string] => [i, value])
        : Object.entries(items).sort(([a], [b]) => (a < b ? -1 : 1));
      const written = entries.map(
        ([key, value]) => `b "l-${value}" {\n key = ${JSON.stringify(key)}\n value = "${value}"\n}\n`,
      );
      assert.deepEqual(blocks(generated), blocks(written.join('')));
    }),
    runs,
  );
});
