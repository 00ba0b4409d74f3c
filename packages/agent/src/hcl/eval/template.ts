// SPDX-License-Identifier: MPL-2.0
// Templates to text.

import { HclError } from '../diagnostic.ts';
import type { Expression, Template, TemplateFor, TemplatePart } from '../syntax/ast.ts';
import { toText } from '../value/convert.ts';
import { composed, typeName, type Value } from '../value/value.ts';
import { entriesOf, requireCollection } from './comprehension.ts';
import { conditionOf, type Evaluate } from './operators.ts';
import type { Scope } from './scope.ts';

export function evaluateTemplate(node: Template, scope: Scope, evaluate: Evaluate): string {
  const first = node.parts[0];
  if (!first) return '';
  if (node.parts.length === 1 && first.kind === 'text') return composed(first.text);
  const text = new TextBuilder(scope);
  render(node.parts, { scope, evaluate, text });
  return composed(text.toString());
}

/** Grows within the budget. */
class TextBuilder {
  readonly #scope: Scope;
  #text = '';

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  add(text: string): void {
    const { budget } = this.#scope;
    if (this.#text.length + text.length > budget.limits.stringLength) {
      budget.chargeText(this.#text.length + text.length);
    }
    budget.charge(1 + (text.length >> 4));
    this.#text += text;
  }

  toString(): string {
    return this.#text;
  }
}

interface Rendering {
  readonly scope: Scope;
  readonly evaluate: Evaluate;
  readonly text: TextBuilder;
}

function render(parts: readonly TemplatePart[], to: Rendering): void {
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        to.text.add(part.text);
        break;
      case 'interpolation':
        to.text.add(interpolated(to.evaluate(part.expression, to.scope), part.expression));
        break;
      case 'if': {
        const yes = conditionOf(to.evaluate(part.condition, to.scope), part.condition, to.scope);
        render(yes ? part.then : part.otherwise, to);
        break;
      }
      case 'for':
        renderFor(part, to);
        break;
    }
  }
}

function renderFor(part: TemplateFor, to: Rendering): void {
  const collection = to.evaluate(part.collection, to.scope);
  requireCollection(collection, part.collection.range);
  for (const [key, value] of entriesOf(collection)) {
    const names: Record<string, Value> = {};
    if (part.keyName !== undefined) names[part.keyName] = key;
    names[part.valueName] = value;
    to.scope.budget.charge(1);
    render(part.body, { ...to, scope: to.scope.child(names) });
  }
}

function interpolated(value: Value, node: Expression): string {
  if (value === null) {
    throw new HclError(
      'Invalid template interpolation value',
      'The expression result is null. Cannot include a null value in a string template.',
      node.range,
    );
  }
  if (typeof value === 'object') {
    throw new HclError(
      'Invalid template interpolation value',
      `Cannot include the given value in a string template: string required, but this is a value of type ${typeName(value)}.`,
      node.range,
    );
  }
  return toText(value);
}
