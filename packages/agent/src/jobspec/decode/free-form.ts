// SPDX-License-Identifier: MPL-2.0
// Blocks whose content somebody else understands (driver configuration, scaling policies): every attribute as it is,
// every nested block as an element of a list, its labels as keys around it. A map that is written as an attribute is a
// list of one map, as if it were a block: drivers take both forms for the same thing.

import type { Block, Body } from '#hcl';
import type { Fields } from './block-spec.ts';

export function freeForm(body: Body): Fields {
  const out: Fields = {};
  const content = body.everything();
  for (const [name, attribute] of content.attributes) {
    const value = attribute.evaluate();
    if (value !== undefined) setOwn(out, name, asBlock(plain(value)));
  }
  for (const block of content.blocks) {
    const before = Object.hasOwn(out, block.type) ? out[block.type] : undefined;
    const list = Array.isArray(before) ? before : before === undefined ? [] : [before];
    setOwn(out, block.type, [...list, labelled(block)]);
  }
  return out;
}

function labelled(block: Block): Fields {
  let value = freeForm(block.body);
  for (const label of block.labels.toReversed()) {
    const outer: Fields = {};
    setOwn(outer, label.text, [value]);
    value = outer;
  }
  return value;
}

function asBlock(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value;
}

/** Values of the language have no prototype and sets are a class: plain objects and lists leave here. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain);
  if (typeof value !== 'object' || value === null) return value;
  const out: Fields = {};
  for (const [key, item] of Object.entries(value)) setOwn(out, key, plain(item));
  return out;
}

/** `__proto__` as a key must become an own property. */
export function setOwn(target: Fields, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
