// SPDX-License-Identifier: MPL-2.0
// The value of an expression in a scope. Throws HclError at the first mistake within one expression.

import { HclError } from '../diagnostic.ts';
import { didYouMean } from '../suggestion.ts';
import type { Expression, Index, ObjectExpression, RelativeTraversal, Traversal } from '../syntax/ast.ts';
import { emptyObject, type Value } from '../value/value.ts';
import { applySteps, elementOf } from './access.ts';
import { evaluateCall } from './call.ts';
import { evaluateFor, evaluateSplat, keyText, splatItemName } from './comprehension.ts';
import { chooseResult, evaluateBinary, evaluateUnary } from './operators.ts';
import type { Scope } from './scope.ts';
import { evaluateTemplate } from './template.ts';

export function evaluate(expression: Expression, scope: Scope): Value {
  const { budget } = scope;
  budget.charge(1);
  budget.enter();
  try {
    return dispatch(expression, scope);
  } finally {
    budget.leave();
  }
}

function dispatch(node: Expression, scope: Scope): Value {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'template':
      return evaluateTemplate(node, scope, evaluate);
    case 'template-wrap':
      return evaluate(node.wrapped, scope);
    case 'parentheses':
      return evaluate(node.inner, scope);
    case 'traversal':
      return evaluateTraversal(node, scope);
    case 'relative-traversal':
      return evaluateRelative(node, scope);
    case 'index':
      return evaluateIndex(node, scope);
    case 'splat':
      return isRuntime(node.source, scope) ? runtimeText(node) : evaluateSplat(node, scope, evaluate);
    case 'splat-item':
      return scope.lookup(splatItemName) ?? null;
    case 'call':
      return evaluateCall(node, scope, evaluate);
    case 'unary':
      return evaluateUnary(node, scope, evaluate);
    case 'binary':
      return evaluateBinary(node, scope, evaluate);
    case 'conditional':
      return chooseResult(node, scope, evaluate);
    case 'for':
      return evaluateFor(node, scope, evaluate);
    case 'tuple':
      scope.budget.chargeElements(node.items.length);
      return node.items.map((item) => evaluate(item, scope));
    case 'object':
      return evaluateObject(node, scope);
  }
}

function evaluateObject(node: ObjectExpression, scope: Scope): Value {
  scope.budget.chargeElements(node.items.length);
  const object = emptyObject();
  for (const item of node.items) {
    const key = keyText(evaluate(item.key, scope), item.key);
    object[key] = evaluate(item.value, scope);
  }
  return object;
}

function evaluateTraversal(node: Traversal, scope: Scope): Value {
  const root = scope.lookup(node.root);
  if (root !== undefined) return applySteps(root, node.steps);
  if (scope.environment.unknown === 'text') return runtimeText(node);
  throw new HclError(
    'Unknown variable',
    `There is no variable named ${JSON.stringify(node.root)}.${didYouMean(node.root, scope.names())}`,
    node.rootRange,
  );
}

function evaluateRelative(node: RelativeTraversal, scope: Scope): Value {
  if (isRuntime(node.source, scope)) return runtimeText(node);
  return applySteps(evaluate(node.source, scope), node.steps);
}

function evaluateIndex(node: Index, scope: Scope): Value {
  const key = evaluate(node.key, scope);
  if (isRuntime(node.collection, scope)) {
    const written = typeof key === 'number' ? String(key) : JSON.stringify(keyText(key, node.key));
    return `\${${node.collection.range.text}[${written}]}`;
  }
  return elementOf(evaluate(node.collection, scope), key, node.key.range);
}

/** Whether the value is known to nobody before run time: a path from a name that nothing defines. */
function isRuntime(node: Expression, scope: Scope): boolean {
  let current = node;
  for (;;) {
    if (current.kind === 'traversal') {
      return scope.environment.unknown === 'text' && scope.lookup(current.root) === undefined;
    }
    if (current.kind === 'index') current = current.collection;
    else if (current.kind === 'relative-traversal' || current.kind === 'splat') current = current.source;
    else return false;
  }
}

/** The expression as it was written, for whoever interpolates at run time. */
function runtimeText(node: Expression): string {
  return `\${${node.range.text}}`;
}
