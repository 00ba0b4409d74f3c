// SPDX-License-Identifier: MPL-2.0
// A JSON document with the place of every value.

import type { Range } from '../source.ts';

export type JsonNode =
  | { readonly kind: 'null'; readonly range: Range }
  | { readonly kind: 'bool'; readonly value: boolean; readonly range: Range }
  | { readonly kind: 'number'; readonly value: number; readonly range: Range }
  | JsonString
  | { readonly kind: 'array'; readonly items: readonly JsonNode[]; readonly range: Range }
  | JsonObject;

export interface JsonString {
  readonly kind: 'string';
  readonly value: string;
  /** The characters between the quotes are the value as they stand. */
  readonly plain: boolean;
  readonly range: Range;
}

export interface JsonObject {
  readonly kind: 'object';
  /** In order, repeated names included. */
  readonly members: readonly JsonMember[];
  readonly range: Range;
}

export interface JsonMember {
  readonly name: string;
  readonly nameRange: Range;
  readonly value: JsonNode;
}
