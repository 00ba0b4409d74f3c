// SPDX-License-Identifier: MPL-2.0
// A body of native syntax.

import type { Diagnostics } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { AttributeNode, BlockNode, BodyNode } from '../syntax/ast.ts';
import { expectationOf } from './expectation.ts';
import type { RawAttribute, RawBlock, RawBody, RawContent } from './raw-body.ts';
import type { BlockSchema, BodySchema } from './schema.ts';

export class NativeBody implements RawBody {
  readonly syntax = 'native';
  readonly #node: BodyNode;

  constructor(node: BodyNode) {
    this.#node = node;
  }

  get range(): Range {
    return this.#node.range;
  }

  get endRange(): Range {
    return this.#node.endRange;
  }

  content(schema: BodySchema, diagnostics: Diagnostics, options: { partial?: boolean } = {}): RawContent {
    const expectation = expectationOf(schema);
    const attributes: RawAttribute[] = [];
    const blocks: RawBlock[] = [];
    for (const attribute of this.#node.attributes) {
      if (expectation.hasAttribute(attribute.name)) attributes.push(rawAttribute(attribute));
      else if (!options.partial) {
        expectation.unsupportedArgument(attribute.name, attribute.nameRange, diagnostics);
      }
    }
    for (const block of this.#node.blocks) {
      const blockSchema = expectation.block(block.type);
      if (blockSchema) {
        if (hasRightLabels(block, blockSchema, diagnostics)) blocks.push(rawBlock(block));
      } else if (!options.partial) {
        expectation.unsupportedBlock(block.type, block.typeRange, diagnostics);
      }
    }
    expectation.checkRequired(new Set(attributes.map((each) => each.name)), this.endRange, diagnostics);
    return { attributes, blocks };
  }

  justAttributes(diagnostics: Diagnostics): readonly RawAttribute[] {
    const block = this.#node.blocks[0];
    if (block) {
      diagnostics.error(
        `Unexpected ${JSON.stringify(block.type)} block`,
        'Blocks are not allowed here.',
        block.typeRange,
      );
    }
    return this.#node.attributes.map(rawAttribute);
  }

  everything(): RawContent {
    return { attributes: this.#node.attributes.map(rawAttribute), blocks: this.#node.blocks.map(rawBlock) };
  }
}

function rawAttribute(node: AttributeNode): RawAttribute {
  return { name: node.name, nameRange: node.nameRange, range: node.range, expression: node.value };
}

function headRange(node: BlockNode): Range {
  const last = node.labels.at(-1);
  return last ? node.typeRange.to(last.range) : node.typeRange;
}

function rawBlock(node: BlockNode): RawBlock {
  return {
    type: node.type,
    typeRange: node.typeRange,
    labels: node.labels,
    headRange: headRange(node),
    body: new NativeBody(node.body),
  };
}

function hasRightLabels(block: BlockNode, schema: BlockSchema, diagnostics: Diagnostics): boolean {
  if (schema.anyLabels) return true;
  const names = schema.labels ?? [];
  const extra = block.labels[names.length];
  if (extra) {
    diagnostics.error(
      `Extraneous label for ${block.type}`,
      names.length === 0
        ? `No labels are expected for ${block.type} blocks.`
        : `Only ${names.length} label(s) (${names.join(', ')}) are expected for ${block.type} blocks.`,
      extra.range,
    );
    return false;
  }
  const missing = names[block.labels.length];
  if (missing !== undefined) {
    diagnostics.error(
      `Missing ${missing} for ${block.type}`,
      `All ${block.type} blocks must have ${names.length} label(s) (${names.join(', ')}).`,
      headRange(block),
    );
    return false;
  }
  return true;
}
