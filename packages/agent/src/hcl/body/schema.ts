// SPDX-License-Identifier: MPL-2.0
// What a body may contain.

export interface AttributeSchema {
  readonly name: string;
  readonly required?: boolean;
}

export interface BlockSchema {
  readonly type: string;
  /** One name per label, used in messages ("name"). Absent or empty: no labels. */
  readonly labels?: readonly string[];
  /**
   * Accepts blocks with fewer or more labels as they are; the reader of the block checks them.
   * In JSON the number of names in `labels` still says how many levels of keys are labels.
   */
  readonly anyLabels?: boolean;
}

export interface BodySchema {
  readonly attributes: readonly AttributeSchema[];
  readonly blocks: readonly BlockSchema[];
}

/** Shorthand: attribute names, and block types with their label names: `schema(['cpu'], { task: ['name'], logs: [] })`. */
export function schemaOf(
  attributes: readonly string[],
  blocks: Readonly<Record<string, readonly string[]>> = {},
): BodySchema {
  return {
    attributes: attributes.map((name) => ({ name })),
    blocks: Object.entries(blocks).map(([type, labels]) => ({ type, labels })),
  };
}
