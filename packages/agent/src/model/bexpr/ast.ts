// SPDX-License-Identifier: MPL-2.0
// Syntax tree of a filter expression.

export type MatchOperator = 'equal' | 'in' | 'matches' | 'empty';

/** `Meta["a"].b` is ['Meta', 'a', 'b']. */
export type Selector = readonly string[];

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | {
      readonly kind: 'match';
      readonly selector: Selector;
      readonly operator: MatchOperator;
      /** `!=`, `not in`, `is not empty`, … */
      readonly negated: boolean;
      /** as written, without quotes; '' for `is empty` */
      readonly value: string;
    }
  | {
      readonly kind: 'any' | 'all';
      readonly selector: Selector;
      /** list: the element, map: the key; with two names list: index and element, map: key and value */
      readonly names: readonly string[];
      readonly body: Expression;
    };
