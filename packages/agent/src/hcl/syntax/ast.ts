// SPDX-License-Identifier: MPL-2.0
// The syntax tree. Every node knows its place in the source.

import type { Range } from '../source.ts';

interface Node {
  readonly range: Range;
}

/** null, true, false or a number. Strings are templates. */
export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: null | boolean | number;
}

/** Text with holes. A plain string has one literal part or none. */
export interface Template extends Node {
  readonly kind: 'template';
  readonly parts: readonly TemplatePart[];
}

/** Exactly one interpolation and nothing around it ("${x}"): the value passes through with its type. */
export interface TemplateWrap extends Node {
  readonly kind: 'template-wrap';
  readonly wrapped: Expression;
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string; readonly range: Range }
  | { readonly kind: 'interpolation'; readonly expression: Expression; readonly range: Range }
  | TemplateIf
  | TemplateFor;

export interface TemplateIf extends Node {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly then: readonly TemplatePart[];
  readonly otherwise: readonly TemplatePart[];
}

export interface TemplateFor extends Node {
  readonly kind: 'for';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly body: readonly TemplatePart[];
}

/** `.name`, `["text"]`, `[3]`, `.3`: steps that are known before evaluation. */
export interface Step extends Node {
  readonly key: string | number;
  /** How it was written: an attribute name or an index. */
  readonly form: 'attribute' | 'index';
}

/** `root.a["b"]` with constant steps only. */
export interface Traversal extends Node {
  readonly kind: 'traversal';
  readonly root: string;
  readonly rootRange: Range;
  readonly steps: readonly Step[];
}

/** Constant steps from the value of any other expression: `f(x).a`. */
export interface RelativeTraversal extends Node {
  readonly kind: 'relative-traversal';
  readonly source: Expression;
  readonly steps: readonly Step[];
}

/** `collection[key]` with a computed key. */
export interface Index extends Node {
  readonly kind: 'index';
  readonly collection: Expression;
  readonly key: Expression;
}

/** `source[*].a` and `source.*.a`. `each` holds what follows, applied to every element through `splat-item`. */
export interface Splat extends Node {
  readonly kind: 'splat';
  readonly source: Expression;
  readonly each: Expression;
}

/** Inside `Splat.each`: the current element. */
export interface SplatItem extends Node {
  readonly kind: 'splat-item';
}

export interface FunctionCall extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly nameRange: Range;
  readonly args: readonly Expression[];
  /** The last argument is followed by `...`. */
  readonly expandFinal: boolean;
}

export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: '-' | '!';
  readonly operand: Expression;
}

export type BinaryOperator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export interface Binary extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Conditional extends Node {
  readonly kind: 'conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}

/** `[for k, v in c : value if cond]` and `{for k, v in c : key => value... if cond}`. */
export interface For extends Node {
  readonly kind: 'for';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  /** Present for the `{}` form only. */
  readonly key: Expression | undefined;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  readonly group: boolean;
}

export interface Tuple extends Node {
  readonly kind: 'tuple';
  readonly items: readonly Expression[];
}

export interface ObjectItem {
  /** A bare word is already a plain string here; `(word)` is an expression. */
  readonly key: Expression;
  readonly value: Expression;
}

export interface ObjectExpression extends Node {
  readonly kind: 'object';
  readonly items: readonly ObjectItem[];
}

export interface Parentheses extends Node {
  readonly kind: 'parentheses';
  readonly inner: Expression;
}

export type Expression =
  | Literal
  | Template
  | TemplateWrap
  | Traversal
  | RelativeTraversal
  | Index
  | Splat
  | SplatItem
  | FunctionCall
  | Unary
  | Binary
  | Conditional
  | For
  | Tuple
  | ObjectExpression
  | Parentheses;

export interface AttributeNode extends Node {
  readonly name: string;
  readonly nameRange: Range;
  readonly value: Expression;
}

export interface Label {
  readonly text: string;
  readonly range: Range;
}

export interface BlockNode extends Node {
  readonly type: string;
  readonly typeRange: Range;
  readonly labels: readonly Label[];
  readonly body: BodyNode;
}

export interface BodyNode extends Node {
  readonly attributes: readonly AttributeNode[];
  readonly blocks: readonly BlockNode[];
  /** Where a missing item is reported: the closing brace, or the end of the file. */
  readonly endRange: Range;
}
