// SPDX-License-Identifier: MPL-2.0
// What the operators do with values.

import { HclError, LimitError } from '../diagnostic.ts';
import type { Binary, Expression, Unary } from '../syntax/ast.ts';
import { ConversionError, convert, unifyPair } from '../value/convert.ts';
import { tidy } from '../value/number.ts';
import { boolType, type HclType, numberType } from '../value/type.ts';
import { equalValues, type Value } from '../value/value.ts';
import type { Scope } from './scope.ts';

export type Evaluate = (expression: Expression, scope: Scope) => Value;

export function evaluateUnary(node: Unary, scope: Scope, evaluate: Evaluate): Value {
  const value = evaluate(node.operand, scope);
  const wanted = node.operator === '!' ? boolType : numberType;
  const operand = operandAs(value, { type: wanted, node: node.operand, side: 'operand' }, scope);
  return node.operator === '!' ? !operand : tidy(-(operand as number));
}

export function evaluateBinary(node: Binary, scope: Scope, evaluate: Evaluate): Value {
  const left = evaluate(node.left, scope);
  if (node.operator === '&&' || node.operator === '||') {
    const first = operandAs(
      left,
      { type: boolType, node: node.left, side: 'left operand' },
      scope,
    ) as boolean;
    if (first === (node.operator === '||')) return first;
    const second = evaluate(node.right, scope);
    return operandAs(second, { type: boolType, node: node.right, side: 'right operand' }, scope);
  }
  const right = evaluate(node.right, scope);
  if (node.operator === '==') return equalValues(left, right, scope.budget.charge);
  if (node.operator === '!=') return !equalValues(left, right, scope.budget.charge);
  const a = operandAs(left, { type: numberType, node: node.left, side: 'left operand' }, scope) as number;
  const b = operandAs(right, { type: numberType, node: node.right, side: 'right operand' }, scope) as number;
  return calculate(node, a, b);
}

function calculate(node: Binary, a: number, b: number): Value {
  switch (node.operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '+':
      return finite(a + b, node);
    case '-':
      return finite(a - b, node);
    case '*':
      return finite(a * b, node);
    default:
      if (b === 0)
        throw new HclError('Division by zero', 'The right side of this division is zero.', node.right.range);
      return finite(node.operator === '/' ? a / b : a % b, node);
  }
}

function finite(value: number, node: Binary): number {
  if (Number.isFinite(value)) return tidy(value);
  throw new HclError('Operation failed', 'The result of this calculation is too large.', node.range);
}

interface Operand {
  readonly type: HclType;
  readonly node: Expression;
  readonly side: string;
}

function operandAs(value: Value, operand: Operand, scope: Scope): Value {
  const fail = (message: string): never => {
    throw new HclError(
      'Invalid operand',
      `Unsuitable value for ${operand.side}: ${message}.${runtimeHint(value)}`,
      operand.node.range,
    );
  };
  if (value === null) return fail(`a ${operand.type.kind} is required, not null`);
  try {
    return convert(value, operand.type, scope.budget.charge);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    return fail(error.message);
  }
}

/** Explains why a calculation with something like "${attr.cpu.numcores}" can't work. */
export function runtimeHint(value: Value): string {
  if (typeof value !== 'string') return '';
  const match = /\$\{[^}]{1,100}\}/.exec(value);
  return match ? ` ${match[0]} is only known when the job runs, so the file can't calculate with it.` : '';
}

const conditionSummaries = { wrong: 'Incorrect condition type', null: 'Null condition' };

/** A condition of a conditional, a for or a template directive. */
export function conditionOf(
  value: Value,
  node: Expression,
  scope: Scope,
  summaries: { readonly wrong: string; readonly null: string } = conditionSummaries,
): boolean {
  const fail = (detail: string, summary = summaries.wrong): never => {
    throw new HclError(summary, detail, node.range);
  };
  if (value === null) {
    return fail('The condition value is null. Conditions must either be true or false.', summaries.null);
  }
  try {
    return convert(value, boolType, scope.budget.charge) === true;
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    return fail(`The condition expression must be of type bool.${runtimeHint(value)}`);
  }
}

/**
 * Both results must have a common type, so the one that isn't chosen is looked at, too; when it can't be evaluated, that
 * doesn't matter.
 */
export function chooseResult(
  node: Extract<Expression, { kind: 'conditional' }>,
  scope: Scope,
  evaluate: Evaluate,
): Value {
  const condition = conditionOf(evaluate(node.condition, scope), node.condition, scope);
  const chosen = evaluate(condition ? node.then : node.otherwise, scope);
  if (chosen === null || typeof chosen === 'string') return chosen;
  const other = tryEvaluate(condition ? node.otherwise : node.then, scope, evaluate);
  if (other === undefined) return chosen;
  const pair = unifyPair(chosen, other, scope.budget.charge);
  if (pair) return pair.a;
  throw new HclError(
    'Inconsistent conditional result types',
    'The true and false result expressions must have consistent types.',
    node.range,
  );
}

function tryEvaluate(node: Expression, scope: Scope, evaluate: Evaluate): Value | undefined {
  try {
    return evaluate(node, scope);
  } catch (error) {
    if (error instanceof HclError && !(error instanceof LimitError)) return undefined;
    throw error;
  }
}
