// SPDX-License-Identifier: MPL-2.0
// The operators of constraints and affinities.

import { RE2JS } from 're2js';
import { parseVersionConstraint, type VersionConstraint, type VersionFlavor } from '#model';

/** Compares what a node has with what is wanted; undefined: the node doesn't have it. */
export type Comparison = (left: string | undefined, right: string | undefined) => boolean;

/** Longest pattern that is compiled. A longer one matches nothing. */
export const maxPatternLength = 4096;

/** Operators that look at other allocations instead of at one node. */
export function isDistinctOperator(operator: string): boolean {
  return operator === 'distinct_hosts' || operator === 'distinct_property';
}

/** undefined for an operator nobody knows: it then filters every node. */
export function comparisonOf(operator: string): Comparison | undefined {
  switch (operator) {
    case '':
    case '=':
    case '==':
    case 'is':
      return (left, right) => left !== undefined && left === right;
    case '!=':
    case 'not':
      return (left, right) => left !== right;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return whenBoth((left, right) => isOrdered(operator, left, right));
    case 'regexp':
      return whenBoth(regexpComparison());
    case 'version':
    case 'semver':
      return whenBoth(versionComparison(operator));
    case 'set_contains':
    case 'set_contains_all':
      return whenBoth((left, right) => containsAll(left, right));
    case 'set_contains_any':
      return whenBoth((left, right) => containsAny(left, right));
    case 'is_set':
      return (left) => left !== undefined;
    case 'is_not_set':
      return (left) => left === undefined;
    default:
      return undefined;
  }
}

function whenBoth(test: (left: string, right: string) => boolean): Comparison {
  return (left, right) => left !== undefined && right !== undefined && test(left, right);
}

/** Two whole numbers or two decimal ones by value, anything else by bytes. */
function isOrdered(operator: '<' | '<=' | '>' | '>=', left: string, right: string): boolean {
  const difference = compareTexts(left, right);
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    default:
      return difference >= 0;
  }
}

const integer = /^[+-]?\d{1,19}$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function compareTexts(left: string, right: string): number {
  if (integer.test(left) && integer.test(right)) {
    const a = BigInt(left.replace('+', ''));
    const b = BigInt(right.replace('+', ''));
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (decimal.test(left) && decimal.test(right)) return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Patterns are RE2: linear time, whoever wrote them. Compiled once per pattern. */
function regexpComparison(): (left: string, right: string) => boolean {
  const compiled = new Map<string, RE2JS | null>();
  return (left, right) => {
    let pattern = compiled.get(right);
    if (pattern === undefined) {
      pattern = compilePattern(right);
      compiled.set(right, pattern);
    }
    return pattern?.matcher(left).find() ?? false;
  };
}

function compilePattern(text: string): RE2JS | null {
  if (text.length > maxPatternLength) return null;
  try {
    return RE2JS.compile(text);
  } catch {
    return null; // validation tells the user; a stored job with a bad pattern matches nothing
  }
}

function versionComparison(flavor: VersionFlavor): (left: string, right: string) => boolean {
  const parsed = new Map<string, VersionConstraint | null>();
  return (left, right) => {
    let constraint = parsed.get(right);
    if (constraint === undefined) {
      constraint = parseOrNull(right, flavor);
      parsed.set(right, constraint);
    }
    return constraint?.matches(left) ?? false;
  };
}

function parseOrNull(text: string, flavor: VersionFlavor): VersionConstraint | null {
  try {
    return parseVersionConstraint(text, flavor);
  } catch {
    return null;
  }
}

function setOf(text: string): Set<string> {
  return new Set(text.split(',').map((item) => item.trim()));
}

function containsAll(left: string, right: string): boolean {
  const have = setOf(left);
  for (const item of setOf(right)) if (!have.has(item)) return false;
  return true;
}

function containsAny(left: string, right: string): boolean {
  const have = setOf(left);
  for (const item of setOf(right)) if (have.has(item)) return true;
  return false;
}
