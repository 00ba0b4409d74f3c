// SPDX-License-Identifier: MPL-2.0
// Values that come as text from elsewhere than a file: flags and the environment.

import { Attribute, type Expression, type Range, type Scope, Source } from '#hcl';
import type { Shape } from '../schema/field.ts';
import type { ConfigNode } from './node.ts';

/** Where the text came from, as messages name it: "the option -bind". */
export interface TextValue {
  readonly origin: string;
  readonly path: string;
  readonly value: string | boolean | readonly string[] | ReadonlyMap<string, string>;
}

/** Puts a value at a path of the tree, converted by the field there. */
export function setText(root: ConfigNode, given: TextValue, context: { shape: Shape; scope: Scope }): void {
  const keys = given.path.split('.');
  const last = keys.pop() ?? '';
  let node = root;
  let shape = context.shape;
  for (const key of keys) {
    const field = shape[key];
    if (field?.kind !== 'block') throw new Error(`no block ${key} in the path ${given.path}`);
    node = node.block(key);
    shape = field.shape;
  }
  const field = shape[last];
  if (field?.kind !== 'value') throw new Error(`no value at the path ${given.path}`);
  const attribute = attributeOf(last, given, context.scope);
  const value: unknown = field.read(attribute);
  if (value !== undefined) node.values.set(last, { value, range: attribute.range });
}

function attributeOf(name: string, given: TextValue, scope: Scope): Attribute {
  const source = new Source(given.origin, shown(given.value));
  const range = source.range(0, source.text.length);
  const template = (text: string): Expression => ({
    kind: 'template',
    parts: text === '' ? [] : [{ kind: 'text', text, range }],
    range,
  });
  return new Attribute(
    { name, nameRange: range, range, expression: expressionOf(given.value, template, range) },
    scope,
  );
}

function expressionOf(
  value: TextValue['value'],
  template: (text: string) => Expression,
  range: Range,
): Expression {
  if (value instanceof Map) {
    const items = Array.from(value, ([key, each]) => ({ key: template(key), value: template(each) }));
    return { kind: 'object', items, range };
  }
  if (Array.isArray(value)) return { kind: 'tuple', items: value.map(template), range };
  return template(String(value));
}

function shown(value: TextValue['value']): string {
  if (value instanceof Map) return Array.from(value, ([key, each]) => `${key}=${each}`).join(' ');
  return Array.isArray(value) ? value.join(' ') : String(value);
}
