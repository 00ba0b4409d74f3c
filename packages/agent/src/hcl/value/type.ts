// SPDX-License-Identifier: MPL-2.0
// Types that a variable or a parameter can be constrained to.

import type { Value } from './value.ts';

export type HclType =
  | { readonly kind: 'any' }
  | { readonly kind: 'string' }
  | { readonly kind: 'number' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'list' | 'set' | 'map'; readonly element: HclType }
  | { readonly kind: 'tuple'; readonly elements: readonly HclType[] }
  | { readonly kind: 'object'; readonly attributes: ReadonlyMap<string, ObjectAttribute> };

export interface ObjectAttribute {
  readonly type: HclType;
  /** `optional(type)` or `optional(type, default)`: a missing attribute becomes the default, or null. */
  readonly optional: boolean;
  readonly default?: Value;
}

export const anyType: HclType = { kind: 'any' };
export const stringType: HclType = { kind: 'string' };
export const numberType: HclType = { kind: 'number' };
export const boolType: HclType = { kind: 'bool' };

export function listOf(element: HclType): HclType {
  return { kind: 'list', element };
}

export function setOf(element: HclType): HclType {
  return { kind: 'set', element };
}

export function mapOf(element: HclType): HclType {
  return { kind: 'map', element };
}

/** The type as messages name it: "list of string", "object". */
export function describeType(type: HclType): string {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return type.element.kind === 'any'
        ? `${type.kind} of any single type`
        : `${type.kind} of ${describeType(type.element)}`;
    case 'any':
      return 'any type';
    default:
      return type.kind;
  }
}

/** "a string", "a list of string", "an object". */
export function describeTypeWithArticle(type: HclType): string {
  const text = describeType(type);
  return /^[aeio]/.test(text) ? (type.kind === 'any' ? text : `an ${text}`) : `a ${text}`;
}
