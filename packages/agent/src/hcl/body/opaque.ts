// SPDX-License-Identifier: MPL-2.0
// A body that somebody else understands, e.g. the configuration of a task driver, as one value.

import { emptyObject, type HclObject, type Value } from '../value/value.ts';
import type { Block, Body } from './body.ts';

/**
 * Attributes become members. Blocks of one type become a list of objects; each label is an object around them:
 * `logging { type = "x" }` gives { logging: [{ type: "x" }] }, `a "b" {}` gives { a: [{ b: [{}] }] }.
 */
export function opaqueValue(body: Body): HclObject {
  const content = body.everything();
  const result = emptyObject();
  for (const [name, attribute] of content.attributes) {
    const value = attribute.evaluate();
    if (value !== undefined) result[name] = value;
  }
  const lists = new Map<string, Value[]>();
  for (const block of content.blocks) {
    const list = lists.get(block.type) ?? [];
    list.push(labelled(block));
    lists.set(block.type, list);
  }
  for (const [type, list] of lists) {
    const before = result[type];
    result[type] = before === undefined ? list : [...(Array.isArray(before) ? before : [before]), ...list];
  }
  return result;
}

function labelled(block: Block): Value {
  let value: Value = opaqueValue(block.body);
  for (const label of [...block.labels].reverse()) {
    const wrapper = emptyObject();
    wrapper[label.text] = [value];
    value = wrapper;
  }
  return value;
}
