// SPDX-License-Identifier: MPL-2.0
// An object expression read as a body: `tls = { http = true }` where a block was meant.

import { HclError } from '../diagnostic.ts';
import type { AttributeNode, Expression, ObjectItem } from '../syntax/ast.ts';
import { NativeBody } from './native-body.ts';
import type { RawBody } from './raw-body.ts';

/** Undefined when the expression is no object. Throws HclError when a key is not plain text. */
export function objectBody(expression: Expression): RawBody | undefined {
  if (expression.kind !== 'object') return undefined;
  const { range } = expression;
  const endRange = range.source.range(Math.max(range.start, range.end - 1), range.end);
  return new NativeBody({ attributes: expression.items.map(attributeOf), blocks: [], range, endRange });
}

function attributeOf(item: ObjectItem): AttributeNode {
  const { key, value } = item;
  const part = key.kind === 'template' && key.parts.length === 1 ? key.parts[0] : undefined;
  if (part?.kind !== 'text') {
    throw new HclError(
      'Invalid argument name',
      'The name of an argument must be plain text here.',
      key.range,
    );
  }
  return { name: part.text, nameRange: key.range, range: key.range.to(value.range), value };
}
