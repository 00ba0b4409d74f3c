// SPDX-License-Identifier: MPL-2.0
// Constraints, affinities and spreads: operators, operands and weights.

import type { Affinity, Constraint, Spread } from '@serai/api';
import { RE2JS } from 're2js';
import { AppError } from '#base';
import { parseVersionConstraint } from '../version.ts';
import { type ErrorList, quote } from './error-list.ts';
import { isInterpolated } from './path.ts';

/** Longest pattern of a regexp operator, in characters. */
export const maxPatternLength = 4096;

type ValueRule = 'required' | 'none' | 'bool' | 'count' | 'regexp' | 'version' | 'semver';

const compare: Readonly<Record<string, ValueRule>> = {
  '=': 'required',
  '==': 'required',
  is: 'required',
  '!=': 'required',
  not: 'required',
  '<': 'required',
  '<=': 'required',
  '>': 'required',
  '>=': 'required',
  set_contains: 'required',
  set_contains_all: 'required',
  set_contains_any: 'required',
  regexp: 'regexp',
  version: 'version',
  semver: 'semver',
};

const constraintOperators: Readonly<Record<string, ValueRule>> = {
  ...compare,
  is_set: 'none',
  is_not_set: 'none',
  distinct_hosts: 'bool',
  distinct_property: 'count',
};

const distinct: ReadonlySet<string> = new Set(['distinct_hosts', 'distinct_property']);

/** Where a constraint stands; distinct_* make no sense below the group. */
export type PlacementLevel = 'job' | 'group' | 'task' | 'device';

export function validateConstraints(
  errors: ErrorList,
  constraints: readonly Constraint[] | null,
  level: PlacementLevel,
): void {
  for (const [i, constraint] of (constraints ?? []).entries()) {
    errors.nest(`Constraint ${i + 1} validation failed`, (inner) => {
      validateTerm(inner, constraint, { noun: 'constraint', operators: constraintOperators });
    });
    const misplaced = distinct.has(constraint.Operand) && (level === 'task' || level === 'device');
    errors.addIf(
      misplaced,
      `Constraint ${i + 1} has disallowed Operand at ${level} level: ${constraint.Operand}`,
    );
  }
}

interface TermRules {
  readonly noun: 'constraint' | 'affinity';
  readonly operators: Readonly<Record<string, ValueRule>>;
}

function validateTerm(
  errors: ErrorList,
  term: { readonly LTarget: string; readonly RTarget: string; readonly Operand: string },
  rules: TermRules,
): void {
  const { Operand: operand, RTarget: value } = term;
  if (operand === '') {
    errors.add(`Missing ${rules.noun} operand`);
    return;
  }
  const rule = Object.hasOwn(rules.operators, operand) ? rules.operators[operand] : undefined;
  if (rule === undefined) {
    const known = Object.keys(rules.operators).join(', ');
    errors.add(`Unknown ${rules.noun} type ${quote(operand)}; known operators are ${known}`);
    return;
  }
  errors.addIf(
    term.LTarget === '' && operand !== 'distinct_hosts',
    `No LTarget provided but is required by ${rules.noun}`,
  );
  const problem = valueProblem(rule, operand, value);
  if (problem !== undefined) errors.add(problem);
}

function valueProblem(rule: ValueRule, operand: string, value: string): string | undefined {
  switch (rule) {
    case 'required':
      return value === '' ? `Operator ${quote(operand)} requires an RTarget` : undefined;
    case 'none':
      return value === '' ? undefined : `Operator ${quote(operand)} does not support an RTarget`;
    case 'bool':
      return value === '' || value === 'true' || value === 'false'
        ? undefined
        : `Operator ${quote(operand)} takes true or false, not ${quote(value)}`;
    case 'count':
      return countProblem(value);
    case 'regexp':
      return regexpProblem(value);
    case 'version':
      return isInterpolated(value) ? undefined : versionProblem('version', value);
    case 'semver':
      return isInterpolated(value) ? undefined : versionProblem('semver', value);
  }
}

function countProblem(value: string): string | undefined {
  if (value === '' || isInterpolated(value)) return undefined;
  if (!/^\d{1,15}$/.test(value)) return `Failed to convert RTarget ${quote(value)} to uint64`;
  return Number(value) < 1
    ? `Distinct Property must have an allowed count of 1 or greater; got ${value} < 1`
    : undefined;
}

function regexpProblem(pattern: string): string | undefined {
  if (isInterpolated(pattern)) return undefined;
  if (pattern.length > maxPatternLength)
    return `Regular expression failed to compile: longer than ${maxPatternLength} characters`;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return `Regular expression failed to compile: ${AppError.from(error).message}`;
  }
}

function versionProblem(flavor: 'version' | 'semver', value: string): string | undefined {
  try {
    parseVersionConstraint(value, flavor);
    return undefined;
  } catch (error) {
    const name = flavor === 'version' ? 'Version' : 'Semver';
    return `${name} constraint is invalid: ${AppError.from(error).message}`;
  }
}

export function validateAffinities(errors: ErrorList, affinities: readonly Affinity[] | null): void {
  for (const [i, affinity] of (affinities ?? []).entries()) {
    errors.nest(`Affinity ${i + 1} validation failed`, (inner) => {
      validateTerm(inner, affinity, { noun: 'affinity', operators: compare });
      inner.addIf(affinity.Weight === 0, 'Affinity weight cannot be zero');
      inner.addIf(
        affinity.Weight < -100 || affinity.Weight > 100,
        'Affinity weight must be within the range [-100,100]',
      );
    });
  }
}

export function validateSpreads(errors: ErrorList, spreads: readonly Spread[] | null): void {
  for (const [i, spread] of (spreads ?? []).entries())
    errors.nest(`Spread ${i + 1} validation failed`, (inner) => validateSpread(inner, spread));
}

function validateSpread(errors: ErrorList, spread: Spread): void {
  errors.addIf(spread.Attribute === '', 'Missing spread attribute');
  errors.addIf(
    spread.Weight <= 0 || spread.Weight > 100,
    'Spread block must have a positive weight from 0 to 100',
  );
  const seen = new Set<string>();
  let sum = 0;
  for (const target of spread.SpreadTarget ?? []) {
    errors.addIf(seen.has(target.Value), `Spread target value ${quote(target.Value)} already defined`);
    seen.add(target.Value);
    errors.addIf(
      target.Percent > 100,
      `Spread target percentage for value ${quote(target.Value)} must be between 0 and 100`,
    );
    sum += target.Percent;
  }
  errors.addIf(sum > 100, `Sum of spread target percentages must not be greater than 100%; got ${sum}%`);
}
