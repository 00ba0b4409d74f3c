// SPDX-License-Identifier: MPL-2.0
// Every key of the agent's configuration: both syntaxes, wrong values, default, two files, option.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '@serai/api';
import { Secret } from '#base';
import { type AgentFlags, checkConfig, loadConfig, type NetworkInfo, type RawConfig } from '#config';
import { formatHeadline } from '#hcl';
import { flags, type KeyType, surface } from '../../fixtures/config/surface.ts';

const network: NetworkInfo = {
  hostName: 'h',
  defaultInterface: 'eth0',
  addresses: [{ name: 'eth0', address: '10.0.0.5', family: 'IPv4', prefix: 24, loopback: false }],
};

interface Key {
  readonly block: string;
  readonly name: string;
  readonly path: string;
  readonly type: KeyType;
  readonly initial: string;
  readonly rule: string;
}

const keys: readonly Key[] = Object.entries(surface).flatMap(([block, rows]) =>
  rows
    .trim()
    .split('\n')
    .map((line) => {
      const [, name = '', type = '', initial = '', rule = ''] =
        /^\s*(\S+) (\S+) (.+?)(?: (explicit|replace))?$/.exec(line) ?? [];
      const path = block === '' ? name : `${block}.${name}`;
      return { block, name, path, type: type as KeyType, initial, rule };
    }),
);

function load(texts: readonly string[], given: AgentFlags = {}): RawConfig {
  const files = {
    kind: () => 'file' as const,
    list: () => [],
    read: (path: string) => Buffer.from(texts[Number.parseInt(path, 10)] ?? ''),
  };
  return loadConfig({ paths: texts.map((_, i) => `${i}.hcl`), flags: given }, files);
}

function reported(raw: RawConfig): string[] {
  return raw.diagnostics.errors.map(formatHeadline);
}

/** `server { search { key = value } }` on a line each. */
function hcl(key: Key, value: string): string {
  const blocks = key.block === '' ? [] : key.block.split('.');
  return [
    ...blocks.map((block) => `${block} {`),
    `${key.name} = ${value}`,
    ...blocks.map(() => '}'),
    '',
  ].join('\n');
}

function json(key: Key, value: string): string {
  const blocks = key.path.split('.');
  return `${blocks.map((block) => `{"${block}":`).join('')}${value}${'}'.repeat(blocks.length)}`;
}

/** What was read, secrets as text. */
function readValue(raw: RawConfig, path: string): unknown {
  const value = raw.root.find(path)?.value;
  return value instanceof Secret ? value.reveal() : value;
}

/** Two different values of each type, as written and as read. */
const samples: Readonly<Record<KeyType, readonly (readonly [string, unknown])[]>> = {
  str: [
    ['"one"', 'one'],
    ['"two"', 'two'],
  ],
  secret: [
    ['"one"', 'one'],
    ['"two"', 'two'],
  ],
  int: [
    ['7', 7],
    ['9', 9],
  ],
  float: [
    ['7.5', 7.5],
    ['9', 9],
  ],
  bool: [
    ['true', true],
    ['false', false],
  ],
  dur: [
    ['"90s"', 90_000],
    ['"2h"', 7_200_000],
  ],
  size: [
    ['"2MB"', 2_000_000],
    ['"1KiB"', 1024],
  ],
  list: [
    ['["a", "b"]', ['a', 'b']],
    ['["c"]', ['c']],
  ],
  map: [
    ['{"a": "x", "b": "y"}', { a: 'x', b: 'y' }],
    ['{"b": "z"}', { b: 'z' }],
  ],
};

const zero: Readonly<Record<KeyType, string>> = {
  str: '""',
  secret: '""',
  int: '0',
  float: '0',
  bool: 'false',
  dur: '"0s"',
  size: '"0"',
  list: '[]',
  map: '{}',
};

const wrong: Readonly<Record<KeyType, readonly string[]>> = {
  str: ['["a", "b"]', '{"a": "b"}'],
  secret: ['["a", "b"]', '{"a": "b"}'],
  int: ['"x"', '1.5', '["a"]'],
  float: ['"x"', '["a"]'],
  bool: ['"maybe"', '["a"]'],
  dur: ['"soon"', '["a"]'],
  size: ['"big"', '["a"]'],
  list: ['{"a": "b"}'],
  map: ['"a"', '7'],
};

for (const key of keys) {
  const [first, second] = samples[key.type];
  assert.ok(first && second);

  test(`${key.path} is read from both syntaxes`, () => {
    for (const [text, expected] of samples[key.type]) {
      for (const form of [hcl(key, text), json(key, text)]) {
        const raw = load([form]);
        assert.deepEqual(reported(raw), [], form);
        assert.deepEqual(readValue(raw, key.path), expected, form);
      }
    }
  });

  test(`a wrong ${key.path} is refused where it stands`, () => {
    const line = key.path.split('.').length;
    for (const text of wrong[key.type]) {
      const [headline = 'nothing'] = reported(load([hcl(key, text)]));
      assert.ok(headline.startsWith(`0.hcl:${line},`), `${text}: ${headline}`);
      assert.notDeepEqual(reported(load([json(key, text)])), [], text);
    }
  });

  test(`${key.path} in two files`, () => {
    const raw = load([hcl(key, first[0]), hcl(key, second[0])]);
    const both = {
      list: key.rule === 'replace' ? ['c'] : ['a', 'b', 'c'],
      map: { a: 'x', b: 'z' },
      bool: key.rule !== 'explicit',
    } as Readonly<Record<string, unknown>>;
    assert.deepEqual(readValue(raw, key.path), both[key.type] ?? second[1]);
    const zeroed = readValue(load([hcl(key, first[0]), hcl(key, zero[key.type])]), key.path);
    if (key.rule === 'explicit') assert.notDeepEqual(zeroed, first[1]);
    else assert.deepEqual(zeroed, first[1], 'zero took its place');
  });
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const sizes: Readonly<Record<string, number>> = { '1MiB': 1024 ** 2, '100GB': 100e9 };

test('what nobody sets has its default', () => {
  const raw = load([''], { server: true, 'data-dir': '/d' });
  const { config, errors } = checkConfig(raw, { network });
  assert.deepEqual(errors.map(formatHeadline), []);
  for (const key of keys) {
    if (key.initial === '-') continue;
    const suffix = key.type === 'dur' ? 'Ms' : key.type === 'size' ? 'Bytes' : '';
    const steps = `${key.path}${suffix}`.split('.').map(camel);
    const value = steps.reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step],
      config,
    );
    const written: unknown = JSON.parse(key.initial);
    const expected =
      key.type === 'dur'
        ? (parseDuration(String(written)) ?? 0) / 1e6
        : key.type === 'size'
          ? sizes[String(written)]
          : written;
    assert.deepEqual(value, expected, key.path);
  }
});

const options = flags
  .trim()
  .split('\n')
  .map((line) => line.trim().split(' '));

for (const [option = '', path = ''] of options) {
  const key = keys.find((each) => each.path === path);
  test(`-${option} sets ${path} and wins over files`, () => {
    assert.ok(key);
    const [first, second] = samples[key.type];
    assert.ok(first && second);
    const words: Readonly<Record<string, AgentFlags[string]>> = { list: ['c'], bool: true };
    const value = words[key.type] ?? second[0].replaceAll('"', '');
    const file = hcl(key, key.type === 'bool' ? 'false' : first[0]);
    const expected = key.type === 'bool' ? true : key.type === 'list' ? ['a', 'b', 'c'] : second[1];
    assert.deepEqual(readValue(load([file], { [option]: value }), path), expected);
    assert.deepEqual(readValue(load([], { [option]: value }), path), key.type === 'list' ? ['c'] : expected);
  });
}

test('the tables are not empty', () => {
  assert.ok(keys.length > 200);
  assert.ok(options.length > 45);
});
