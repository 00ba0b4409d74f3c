// SPDX-License-Identifier: MPL-2.0
// HCL values as plain objects, for plugins that bring their own rules for their `config` block.

import { type HclObject, isObject, type Value } from '#hcl';

export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };

export function plainValue(value: Value): PlainValue {
  if (isObject(value)) return plainObject(value);
  return Array.isArray(value) ? value.map(plainValue) : (value as PlainValue);
}

export function plainObject(value: HclObject): Record<string, PlainValue> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainValue(each)]));
}
