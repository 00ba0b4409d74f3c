// SPDX-License-Identifier: MPL-2.0
// Version constraints of jobs: lists such as ">= 1.2, < 2.0". Two flavours: `version` takes what machines report
// ("6.1.0-18-amd64", "v1.2") and never lets a prerelease satisfy a plain range; `semver` is Semantic Versioning 2.0.

import { AppError } from '#base';

export type VersionFlavor = 'version' | 'semver';

export interface Version {
  readonly segments: readonly number[];
  /** segments that were written; the rest is filled with zeros */
  readonly given: number;
  readonly prerelease: string;
}

export interface VersionConstraint {
  matches(version: string): boolean;
}

/** Longest version text looked at, in characters. */
export const maxVersionLength = 128;
/** Longest constraint list, in characters. */
export const maxConstraintLength = 512;

const loose =
  /^v?(\d{1,15}(?:\.\d{1,15})*)(?:-([0-9A-Za-z~.-]+)|([A-Za-z~][0-9A-Za-z~.-]*))?(?:\+[0-9A-Za-z~.-]+)?$/;
const strict = /^v?(\d{1,15}\.\d{1,15}\.\d{1,15})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Undefined when the text is no version of this flavour. */
export function parseVersion(text: string, flavor: VersionFlavor = 'version'): Version | undefined {
  const trimmed = text.trim();
  if (trimmed.length > maxVersionLength) return undefined;
  const match = (flavor === 'semver' ? strict : loose).exec(trimmed);
  if (!match) return undefined;
  const segments = (match[1] ?? '').split('.').map(Number);
  const given = segments.length;
  while (segments.length < 3) segments.push(0);
  return { segments, given, prerelease: match[2] ?? match[3] ?? '' };
}

/** Negative: a is older. Build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let i = 0; i < length; i++) {
    const difference = (a.segments[i] ?? 0) - (b.segments[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePrereleases(a.prerelease, b.prerelease);
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = compareIdentifiers(left[i], right[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers before words, numbers by value, the longer list after its prefix. */
function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const numericA = /^\d+$/.test(a);
  const numericB = /^\d+$/.test(b);
  if (numericA && numericB) return Number(a) - Number(b);
  if (numericA !== numericB) return numericA ? -1 : 1;
  return a < b ? -1 : 1;
}

type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~>';
interface Term {
  readonly operator: Operator;
  readonly version: Version;
}

/** Throws an AppError that names the part that can't be understood. */
export function parseVersionConstraint(text: string, flavor: VersionFlavor): VersionConstraint {
  if (text.length > maxConstraintLength)
    throw new AppError('invalid', `version constraint is longer than ${maxConstraintLength} characters`);
  const terms = text.split(',').map((part) => parseTerm(part.trim(), flavor));
  return {
    matches: (candidate) => {
      const version = parseVersion(candidate, flavor);
      return version !== undefined && terms.every((term) => termMatches(term, version, flavor));
    },
  };
}

function parseTerm(text: string, flavor: VersionFlavor): Term {
  const match = /^(=|!=|>=|<=|~>|>|<)?\s*(.*)$/.exec(text);
  const version = parseVersion(match?.[2] ?? '', flavor);
  const operator = (match?.[1] ?? '=') as Operator;
  if (!version)
    throw new AppError(
      'invalid',
      `Malformed constraint: ${JSON.stringify(text)} is not a ${flavor} constraint`,
    );
  if (flavor === 'semver' && operator === '~>')
    throw new AppError(
      'invalid',
      `Malformed constraint: ${JSON.stringify(text)}: semver has no operator "~>"`,
    );
  return { operator, version };
}

function termMatches(term: Term, version: Version, flavor: VersionFlavor): boolean {
  const order = compareVersions(version, term.version);
  if (term.operator === '=') return order === 0;
  if (term.operator === '!=') return order !== 0;
  if (flavor === 'version' && !prereleasesComparable(version, term.version)) return false;
  switch (term.operator) {
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '~>':
      return matchesPessimistic(version, term.version, order);
  }
}

/** A prerelease is only in range of a bound that is a prerelease of the same version. */
function prereleasesComparable(version: Version, bound: Version): boolean {
  if (version.prerelease === '') return true;
  if (bound.prerelease === '') return false;
  const length = Math.max(version.segments.length, bound.segments.length);
  for (let i = 0; i < length; i++) {
    if ((version.segments[i] ?? 0) !== (bound.segments[i] ?? 0)) return false;
  }
  return true;
}

/** `~> 1.2` allows 1.2 and newer but not 2.0: all written segments but the last are fixed. */
function matchesPessimistic(version: Version, bound: Version, order: number): boolean {
  if (order < 0 || (bound.prerelease !== '' && version.prerelease === '')) return false;
  for (let i = 0; i < bound.given - 1; i++) {
    if ((version.segments[i] ?? 0) !== (bound.segments[i] ?? 0)) return false;
  }
  return true;
}
