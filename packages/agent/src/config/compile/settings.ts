// SPDX-License-Identifier: MPL-2.0
// A tree of values with every default filled in and every value checked.

import type { Diagnostics } from '#hcl';
import { ConfigNode } from '../load/node.ts';
import { type AnyField, type Compiled, compiledName, type Shape } from '../schema/field.ts';

export function compileShape<S extends Shape>(
  node: ConfigNode,
  shape: S,
  diagnostics: Diagnostics,
): Compiled<S> {
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(shape)) {
    result[compiledName(key, field)] = compileField(node, { key, field }, diagnostics);
  }
  return result as Compiled<S>;
}

function compileField(
  node: ConfigNode,
  { key, field }: { key: string; field: AnyField },
  diagnostics: Diagnostics,
): unknown {
  switch (field.kind) {
    case 'block':
      return compileShape(node.blocks.get(key) ?? new ConfigNode(), field.shape, diagnostics);
    case 'opaque':
      return node.values.get(key)?.value ?? {};
    case 'named': {
      const group = node.named.get(key) ?? new Map<string, ConfigNode>();
      return Object.fromEntries(
        Array.from(group, ([name, each]) => [name, compileShape(each, field.shape, diagnostics)]),
      );
    }
    case 'value': {
      const entry = node.values.get(key);
      if (!entry || field.isUnset(entry.value)) return field.default;
      const problem = field.check?.(entry.value);
      if (problem === undefined) return entry.value;
      diagnostics.error('Invalid value', `${key} ${problem}.`, entry.range);
      return field.default;
    }
  }
}
