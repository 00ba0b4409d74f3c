// SPDX-License-Identifier: MPL-2.0
// Reads a body by its block table into an API object that holds the given fields only.

import type { Schema } from '@serai/api';
import {
  type Block,
  type BlockSchema,
  type Body,
  type BodySchema,
  type Content,
  mapOf,
  stringType,
} from '#hcl';
import { attributeValue } from './attribute-value.ts';
import type { BlockSpec, Fields, NestedBlock } from './block-spec.ts';
import { freeForm, plain, setOwn } from './free-form.ts';

export class Decoder {
  /** Body schemas by block table: each is built once per file. */
  readonly #schemas = new Map<BlockSpec, BodySchema>();

  /** The block's object, or null when the block says nothing (a constraint that is switched off). */
  block(block: Block, spec: BlockSpec): Fields | null {
    return this.#read(block.body, spec, block);
  }

  body(body: Body, spec: BlockSpec): Fields | null {
    return this.#read(body, spec, undefined);
  }

  #read(body: Body, spec: BlockSpec, block: Block | undefined): Fields | null {
    const content = body.content(this.#schemaOf(spec));
    const fields: Fields = {};
    if (spec.labelField !== undefined && block) fields[spec.labelField] = block.labels[0]?.text ?? '';
    for (const [name, field] of Object.entries(spec.attributes)) {
      const attribute = content.attribute(name);
      const schema = spec.schema.fields?.[field];
      if (!attribute || !schema) continue;
      const value = attributeValue(attribute, schema);
      if (value !== undefined) fields[field] = value;
    }
    for (const [name, field] of Object.entries(spec.maps)) this.#readMap(content, name, { field, fields });
    for (const [name, field] of Object.entries(spec.free)) this.#readFree(content, name, { field, fields });
    for (const [name, nested] of Object.entries(spec.blocks))
      this.#readNested(content, name, { nested, fields });
    return spec.finish ? spec.finish(fields, { decoder: this, body, block, content }) : fields;
  }

  /** `meta { a = "b" }` or `meta = { a = "b" }`; values of any simple type become text. */
  #readMap(content: Content, name: string, into: { field: string; fields: Fields }): void {
    const values: Fields = {};
    const attribute = content.attribute(name);
    const block = content.block(name);
    for (const [key, text] of Object.entries(attribute?.as(mapOf(stringType)) ?? {}))
      setOwn(values, key, text);
    for (const [key, inner] of block?.body.justAttributes() ?? []) {
      const text = inner.string();
      if (typeof text === 'string') setOwn(values, key, text);
    }
    if (attribute || block) into.fields[into.field] = values;
  }

  #readFree(content: Content, name: string, into: { field: string; fields: Fields }): void {
    const attribute = content.attribute(name);
    const block = content.block(name);
    const value = attribute?.evaluate();
    if (value !== undefined && value !== null) {
      if (typeof value === 'object' && !Array.isArray(value)) into.fields[into.field] = plain(value);
      else
        attribute?.error(
          'Incorrect attribute value type',
          `${JSON.stringify(name)} must be a block or a map.`,
        );
    }
    if (block) into.fields[into.field] = freeForm(block.body);
  }

  #readNested(content: Content, name: string, into: { nested: NestedBlock; fields: Fields }): void {
    const { nested, fields } = into;
    const spec = nested.spec();
    if (nested.many === 'one') {
      const block = content.block(name);
      const value = block ? this.block(block, spec) : null;
      if (value !== null) fields[nested.field] = value;
      return;
    }
    const blocks = content.blocksOf(name);
    if (blocks.length === 0) return;
    if (nested.many === 'list') {
      const before = (fields[nested.field] ?? []) as readonly unknown[];
      fields[nested.field] = [
        ...before,
        ...blocks.map((block) => this.block(block, spec)).filter((item) => item !== null),
      ];
      return;
    }
    const keyed: Fields = {};
    for (const block of blocks) setOwn(keyed, block.labels[0]?.text ?? '', this.block(block, spec) ?? {});
    fields[nested.field] = keyed;
  }

  #schemaOf(spec: BlockSpec): BodySchema {
    const known = this.#schemas.get(spec);
    if (known) return known;
    const schema = bodySchema(spec);
    this.#schemas.set(spec, schema);
    return schema;
  }
}

/** What the body of a block may hold, for the parser. */
export function bodySchema(spec: BlockSpec): BodySchema {
  const either = [...Object.keys(spec.maps), ...Object.keys(spec.free)];
  const names = [...Object.keys(spec.attributes), ...spec.extraAttributes, ...either];
  const blocks: BlockSchema[] = either.map((type) => ({ type }));
  for (const [type, nested] of Object.entries(spec.blocks))
    blocks.push({ type, labels: nested.spec().labels });
  for (const [type, labels] of Object.entries(spec.extraBlocks)) blocks.push({ type, labels });
  return {
    attributes: names.map((name) => ({ name, required: spec.required.includes(name) })),
    blocks,
  };
}

/** The schema of a field, for tests of the tables. */
export function fieldSchema(spec: BlockSpec, field: string): Schema | undefined {
  return spec.schema.fields?.[field];
}
