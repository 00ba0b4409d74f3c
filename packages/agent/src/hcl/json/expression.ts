// SPDX-License-Identifier: MPL-2.0
// A JSON value as an expression: strings are templates, objects and arrays hold expressions.

import { Diagnostics, HclError } from '../diagnostic.ts';
import { type Position, Source } from '../source.ts';
import type { Expression, ObjectItem } from '../syntax/ast.ts';
import type { Dialect } from '../syntax/cursor.ts';
import { parseTemplateText } from '../syntax/parser.ts';
import type { JsonNode, JsonString } from './node.ts';

const cache = new WeakMap<JsonNode, Expression>();

/** A string that can't be read as a template becomes plain text, and the mistake is reported. */
export function jsonExpression(
  node: JsonNode,
  context: { diagnostics: Diagnostics; dialect: Dialect },
): Expression {
  const known = cache.get(node);
  if (known) return known;
  const expression = build(node, context);
  cache.set(node, expression);
  return expression;
}

function build(node: JsonNode, context: { diagnostics: Diagnostics; dialect: Dialect }): Expression {
  const range = node.range;
  switch (node.kind) {
    case 'null':
      return { kind: 'literal', value: null, range };
    case 'bool':
    case 'number':
      return { kind: 'literal', value: node.value, range };
    case 'string':
      return stringExpression(node, context);
    case 'array':
      return { kind: 'tuple', items: node.items.map((item) => build(item, context)), range };
    case 'object': {
      const items = node.members.map((member): ObjectItem => {
        const key = { kind: 'string' as const, value: member.name, plain: false, range: member.nameRange };
        return { key: stringExpression(key, context), value: build(member.value, context) };
      });
      return { kind: 'object', items, range };
    }
  }
}

function stringExpression(
  node: JsonString,
  context: { diagnostics: Diagnostics; dialect: Dialect },
): Expression {
  const range = node.range;
  const text = (): Expression => ({
    kind: 'template',
    parts: node.value === '' ? [] : [{ kind: 'text', text: node.value, range }],
    range,
  });
  const isTemplate = node.value.includes('${') || node.value.includes('%{');
  if (!isTemplate || context.dialect === 'hcl1') return text();
  try {
    if (node.plain) {
      const inner = { start: range.start + 1, end: range.end - 1 };
      return parseTemplateText(range.source, { diagnostics: new Diagnostics(), ...inner });
    }
    const source = new EmbeddedSource(node);
    return parseTemplateText(source, { diagnostics: new Diagnostics(), start: 0, end: source.text.length });
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    context.diagnostics.add(error.diagnostic);
    return text();
  }
}

/** The value of a string with escapes. Its places all are the start of the string, since offsets don't match the file. */
class EmbeddedSource extends Source {
  readonly #node: JsonString;

  constructor(node: JsonString) {
    super(node.range.source.name, node.value);
    this.#node = node;
  }

  override position(): Position {
    return this.#node.range.startPosition;
  }

  override line(number: number): string {
    return this.#node.range.source.line(number);
  }
}
