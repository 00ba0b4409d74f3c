// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#base';
import { compareVersions, parseVersion, parseVersionConstraint, type VersionFlavor } from './version.ts';

function matches(constraint: string, version: string, flavor: VersionFlavor = 'version'): boolean {
  return parseVersionConstraint(constraint, flavor).matches(version);
}

test('what machines call versions is understood', () => {
  for (const text of [
    '1',
    '1.2',
    '1.2.3.4',
    'v1.2.3',
    '6.1.0-18-amd64',
    '1.2.3-beta.1+build5',
    '2.0b1',
    ' 1.2 ',
  ])
    assert.ok(parseVersion(text), text);
  for (const text of ['', 'x', '1.', '.1', '1..2', 'v', '1.2.3-', '1 2', `1.${'1'.repeat(200)}`])
    assert.equal(parseVersion(text), undefined, text);
});

test('semver is strict', () => {
  for (const text of ['1.2.3', 'v1.2.3', '1.2.3-rc.1+x']) assert.ok(parseVersion(text, 'semver'), text);
  for (const text of ['1', '1.2', '1.2.3.4']) assert.equal(parseVersion(text, 'semver'), undefined, text);
});

test('versions are ordered by number, prereleases before their release', () => {
  const order = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2',
    '1.10',
  ];
  const versions = order.map((text) => parseVersion(text));
  for (const [i, a] of versions.entries())
    for (const [j, b] of versions.entries()) {
      assert.ok(a && b);
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${order[i]} ${order[j]}`);
    }
});

test('constraints are lists of which all must hold', () => {
  assert.ok(matches('>= 1.2, < 2', '1.9.9'));
  assert.ok(!matches('>= 1.2, < 2', '2.0'));
  assert.ok(matches('1.2', '1.2.0'));
  assert.ok(matches('= 1.2', 'v1.2'));
  assert.ok(matches('!= 1.2', '1.3'));
  assert.ok(matches('<=1.2', '1.2'));
  assert.ok(!matches('> 1.2', '1.2'));
  assert.ok(!matches('> 1.2', 'not a version'));
});

test('the pessimistic operator fixes all written parts but the last', () => {
  assert.ok(matches('~> 1.2', '1.9'));
  assert.ok(!matches('~> 1.2', '2.0'));
  assert.ok(matches('~> 1.2.3', '1.2.9'));
  assert.ok(!matches('~> 1.2.3', '1.3.0'));
  assert.ok(!matches('~> 1.2.3', '1.2.2'));
  assert.ok(matches('~> 1', '9.0'));
});

test('a prerelease satisfies a range only in semver or when the bound is one of the same version', () => {
  assert.ok(!matches('>= 1.0', '1.3.0-beta1'));
  assert.ok(matches('>= 1.0.0', '1.3.0-beta1', 'semver'));
  assert.ok(matches('>= 1.3.0-beta1', '1.3.0-beta2'));
  assert.ok(!matches('>= 1.2.0-beta1', '1.3.0-beta2'));
  assert.ok(matches('>= 1.2.0-beta1', '1.3.0'));
  assert.ok(matches('>= 1.6.0-dev', '1.6.0', 'semver'));
});

test('a constraint that can not be understood is refused', () => {
  for (const text of ['', '>=', '=> 1', '1 2', '>= 1,', 'latest', `>= ${'1'.repeat(600)}`])
    assert.throws(() => parseVersionConstraint(text, 'version'), AppError, text);
  assert.throws(() => parseVersionConstraint('~> 1.2.3', 'semver'), /no operator "~>"/);
});

test('comparing is a total order', () => {
  const version = fc
    .tuple(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '-a', '-1', '-a.1', '-a.b'),
    )
    .map(([segments, pre]) => parseVersion(`${segments.join('.')}${pre}`));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.ok(a && b && c);
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
    }),
  );
});
