// SPDX-License-Identifier: MPL-2.0
// One layer over another: later files, then flags, win.

import type { Diagnostics } from '#hcl';
import type { AnyValueField, Shape } from '../schema/field.ts';
import { ConfigNode, type Entry } from './node.ts';

/** A new tree; the arguments stay as they are. */
export function mergeNodes(
  before: ConfigNode,
  after: ConfigNode,
  how: { shape: Shape; diagnostics: Diagnostics },
): ConfigNode {
  const result = new ConfigNode();
  for (const [key, field] of Object.entries(how.shape)) {
    if (field.kind === 'value' || field.kind === 'opaque') {
      const entry = mergeEntries(before.values.get(key), after.values.get(key), {
        key,
        field: field.kind === 'value' ? field : undefined,
        diagnostics: how.diagnostics,
      });
      if (entry) result.values.set(key, entry);
    } else if (field.kind === 'block') {
      const [a, b] = [before.blocks.get(key), after.blocks.get(key)];
      if (a || b) {
        const inner = { shape: field.shape, diagnostics: how.diagnostics };
        result.blocks.set(key, mergeNodes(a ?? new ConfigNode(), b ?? new ConfigNode(), inner));
      }
    } else {
      const names = new Set([
        ...(before.named.get(key)?.keys() ?? []),
        ...(after.named.get(key)?.keys() ?? []),
      ]);
      const group = new Map<string, ConfigNode>();
      for (const name of names) {
        const a = before.named.get(key)?.get(name) ?? new ConfigNode();
        const b = after.named.get(key)?.get(name) ?? new ConfigNode();
        group.set(name, mergeNodes(a, b, { shape: field.shape, diagnostics: how.diagnostics }));
      }
      if (group.size > 0) result.named.set(key, group);
    }
  }
  return result;
}

function mergeEntries(
  before: Entry | undefined,
  after: Entry | undefined,
  how: { key: string; field: AnyValueField | undefined; diagnostics: Diagnostics },
): Entry | undefined {
  if (!before || !after) return after ?? before;
  const { field } = how;
  if (!field) {
    return { value: { ...(before.value as object), ...(after.value as object) }, range: after.range };
  }
  if (!field.isUnset(after.value))
    return { value: field.merge(before.value, after.value), range: after.range };
  if (!field.isUnset(before.value) && after.value === false) {
    how.diagnostics.warning(
      'Value not overridden',
      `${how.key} = false does not turn off what was turned on at ${before.range}: files can only turn this on. Remove it there.`,
      after.range,
    );
  }
  return before;
}
