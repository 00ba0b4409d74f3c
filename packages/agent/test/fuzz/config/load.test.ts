// SPDX-License-Identifier: MPL-2.0
// Whatever stands in a configuration file, loading ends with a configuration or with messages that show no secret.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#base';
import {
  agentShape,
  type CompileResult,
  checkConfig,
  loadConfig,
  type NetworkInfo,
  type Shape,
} from '#config';
import { formatDiagnostics } from '#hcl';

const network: NetworkInfo = {
  hostName: 'h',
  defaultInterface: 'eth0',
  addresses: [{ name: 'eth0', address: '10.0.0.5', family: 'IPv4', prefix: 24, loopback: false }],
};

function load(...texts: readonly string[]): CompileResult {
  const files = {
    kind: () => 'file' as const,
    list: () => [],
    read: (path: string) => Buffer.from(texts[Number(path)] ?? ''),
  };
  const raw = loadConfig(
    { paths: texts.map((_, i) => String(i)), flags: { server: true, 'data-dir': '/d' } },
    files,
  );
  return checkConfig(raw, { network });
}

function exercise(...texts: readonly string[]): void {
  try {
    const { errors, warnings, config } = load(...texts);
    assert.equal(config === undefined, errors.length > 0);
    assert.equal(typeof formatDiagnostics([...errors, ...warnings]), 'string');
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
  }
}

/** All keys of the tables, at any level. */
function keysOf(shape: Shape): string[] {
  return Object.entries(shape).flatMap(([key, field]) => [
    key,
    ...('shape' in field ? keysOf(field.shape) : []),
  ]);
}

const keys = fc.constantFrom(...new Set(keysOf(agentShape)));
const values = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    '0',
    '-1',
    '1.5',
    '"30s"',
    '"x"',
    '""',
    '[]',
    '["a"]',
    '[1, [2]]',
    '{}',
    '{ a = "b" }',
    'null',
    '"{{ GetPrivateIP }}"',
    '"{{"',
    '<<E\nx\nE',
    '"30d"',
    '99999999999999999999',
  ),
  fc.string().map((text) => JSON.stringify(text)),
);

const body: fc.Arbitrary<string> = fc.letrec<{ body: string }>((tie) => ({
  body: fc
    .array(
      fc.oneof(
        fc.tuple(keys, values).map(([key, value]) => `${key} = ${value}`),
        fc.tuple(keys, tie('body')).map(([key, inner]) => `${key} {\n${inner}\n}`),
        fc
          .tuple(keys, fc.string({ maxLength: 5 }), tie('body'))
          .map(([key, label, inner]) => `${key} ${JSON.stringify(label)} {\n${inner}\n}`),
      ),
      { maxLength: 5, depthIdentifier: 'config' },
    )
    .map((lines) => lines.join('\n')),
})).body;

test('any keys with any values are a configuration or messages', () => {
  fc.assert(
    fc.property(body, body, (a, b) => exercise(a, b)),
    { numRuns: 400 },
  );
});

test('any JSON is a configuration or messages', () => {
  const member = fc.tuple(keys, fc.json()).map(([key, json]) => `${JSON.stringify(key)}: ${json}`);
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), (members) => exercise(`{${members.join(',')}}`)),
    { numRuns: 400 },
  );
});

test('any text is a configuration or messages', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => exercise(text)),
    { numRuns: 200 },
  );
});

test('a secret is in no message, whatever else is wrong on its line', () => {
  const secret = 'top-secret-value';
  const around = fc.constantFrom(
    '',
    'x = 1, ',
    'heartbeat_grace = "soon", ',
    'raft_protocol = 9, ',
    '! ',
    '= ',
    '"',
  );
  fc.assert(
    fc.property(around, around, fc.boolean(), (before, after, json) => {
      const text = json
        ? `{"server": {"encrypt": "${secret}", "raft_protocol": 9, "x": 1}, "acl": {"replication_token": "${secret}"}}`
        : `server { ${before}encrypt = "${secret}", ${after} }\nvault { token = "${secret}", tls_skip_verify = 7 }\n`;
      const { errors, warnings } = load(text);
      assert.ok(errors.length > 0);
      assert.doesNotMatch(formatDiagnostics([...errors, ...warnings]), new RegExp(secret));
    }),
  );
});
