// SPDX-License-Identifier: MPL-2.0
// A body of JSON syntax: the schema says which properties are arguments and which are blocks.
//
// A block type's property holds an object (one block), or an array of them; with labels, each level of keys below it is a
// label: {"task": {"web": {"driver": "docker"}}}.

import { expectationOf } from '../body/expectation.ts';
import type { RawAttribute, RawBlock, RawBody, RawContent } from '../body/raw-body.ts';
import type { BlockSchema, BodySchema } from '../body/schema.ts';
import type { Diagnostics } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { Label } from '../syntax/ast.ts';
import type { Dialect } from '../syntax/cursor.ts';
import { jsonExpression } from './expression.ts';
import type { JsonMember, JsonNode } from './node.ts';

interface BlockHead {
  readonly schema: BlockSchema;
  readonly typeRange: Range;
  readonly labels: readonly Label[];
}

export class JsonBody implements RawBody {
  readonly syntax = 'json';
  readonly range: Range;
  readonly #members: readonly JsonMember[];
  readonly #context: { diagnostics: Diagnostics; dialect: Dialect };

  /** An object, or an array of objects that are read as one. Reports anything else and is then empty. */
  constructor(node: JsonNode, context: { diagnostics: Diagnostics; dialect: Dialect }) {
    this.range = node.range;
    this.#context = context;
    this.#members = membersOf(node, context.diagnostics);
  }

  get endRange(): Range {
    const end = this.range.end;
    return this.range.source.range(Math.max(this.range.start, end - 1), end);
  }

  content(schema: BodySchema, diagnostics: Diagnostics, options: { partial?: boolean } = {}): RawContent {
    const expectation = expectationOf(schema);
    const attributes = new Map<string, RawAttribute>();
    const blocks: RawBlock[] = [];
    for (const member of this.#members) {
      const blockSchema = expectation.block(member.name);
      // A name that is both: objects are blocks, anything else is the argument.
      const isAttribute =
        expectation.hasAttribute(member.name) && !(blockSchema && holdsObjects(member.value));
      if (isAttribute) this.#addAttribute(member, attributes, diagnostics);
      else if (blockSchema) {
        const head: BlockHead = { schema: blockSchema, typeRange: member.nameRange, labels: [] };
        this.#addBlocks(member.value, head, blocks);
      } else if (!options.partial && member.name !== '//') {
        expectation.unsupportedArgument(member.name, member.nameRange, diagnostics);
      }
    }
    expectation.checkRequired(new Set(attributes.keys()), this.endRange, diagnostics);
    return { attributes: [...attributes.values()], blocks };
  }

  justAttributes(diagnostics: Diagnostics): readonly RawAttribute[] {
    const attributes = new Map<string, RawAttribute>();
    for (const member of this.#members) {
      // "//" is how JSON files carry comments.
      if (member.name !== '//') this.#addAttribute(member, attributes, diagnostics);
    }
    return [...attributes.values()];
  }

  everything(): RawContent {
    return { attributes: this.justAttributes(this.#context.diagnostics), blocks: [] };
  }

  #addAttribute(member: JsonMember, attributes: Map<string, RawAttribute>, diagnostics: Diagnostics): void {
    const before = attributes.get(member.name);
    if (before) {
      diagnostics.error(
        'Duplicate argument',
        `The argument ${JSON.stringify(member.name)} was already set at ${before.nameRange}.`,
        member.nameRange,
      );
      return;
    }
    attributes.set(member.name, {
      name: member.name,
      nameRange: member.nameRange,
      range: member.nameRange.to(member.value.range),
      expression: jsonExpression(member.value, this.#context),
    });
  }

  #addBlocks(node: JsonNode, head: BlockHead, blocks: RawBlock[]): void {
    if (node.kind === 'array') {
      for (const item of node.items) this.#addBlocks(item, head, blocks);
      return;
    }
    if (node.kind === 'null') return;
    const wanted = head.schema.labels ?? [];
    const labelName = wanted[head.labels.length];
    if (labelName === undefined) {
      blocks.push(this.#block(node, head));
      return;
    }
    if (node.kind !== 'object') {
      this.#context.diagnostics.error(
        'Incorrect JSON value type',
        `A JSON object is required here, whose keys are the ${labelName} of each ${head.schema.type} block.`,
        node.range,
      );
      return;
    }
    for (const member of node.members) {
      const label: Label = { text: member.name, range: member.nameRange };
      this.#addBlocks(member.value, { ...head, labels: [...head.labels, label] }, blocks);
    }
  }

  #block(node: JsonNode, head: BlockHead): RawBlock {
    return {
      type: head.schema.type,
      typeRange: head.typeRange,
      labels: head.labels,
      headRange: head.labels.at(-1)?.range ?? head.typeRange,
      body: new JsonBody(node, this.#context),
    };
  }
}

function holdsObjects(node: JsonNode): boolean {
  if (node.kind === 'array')
    return node.items.length > 0 && node.items.every((item) => item.kind === 'object');
  return node.kind === 'object';
}

function membersOf(node: JsonNode, diagnostics: Diagnostics): readonly JsonMember[] {
  if (node.kind === 'object') return node.members;
  if (node.kind === 'array') return node.items.flatMap((item) => membersOf(item, diagnostics));
  diagnostics.error('Incorrect JSON value type', 'A JSON object is required here.', node.range);
  return [];
}
