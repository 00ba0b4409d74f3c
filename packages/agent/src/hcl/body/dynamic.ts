// SPDX-License-Identifier: MPL-2.0
// dynamic "type" { for_each, iterator, labels, content {} }: a block per element of a collection.

import { HclError } from '../diagnostic.ts';
import { evaluate } from '../eval/evaluate.ts';
import type { Scope } from '../eval/scope.ts';
import type { Expression, Label } from '../syntax/ast.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { stringType } from '../value/type.ts';
import { isArray, isObject, isSet, makeObject, sortedKeys, typeName, type Value } from '../value/value.ts';
import type { RawAttribute, RawBlock } from './raw-body.ts';
import { type BodySchema, schemaOf } from './schema.ts';

const dynamicSchema: BodySchema = {
  attributes: [{ name: 'for_each', required: true }, { name: 'iterator' }, { name: 'labels' }],
  blocks: [{ type: 'content' }],
};

export function withDynamicBlocks(schema: BodySchema): BodySchema {
  return { ...schema, blocks: [...schema.blocks, ...schemaOf([], { dynamic: ['type'] }).blocks] };
}

/** A block costs more than an element: it is read attribute by attribute later. */
const stepsPerBlock = 20;

interface ScopedBlock {
  readonly block: RawBlock;
  readonly scope: Scope;
}

/** Replaces every dynamic block by the blocks it stands for. With a schema, the type must be one of its blocks. */
export function expandDynamicBlocks(
  blocks: readonly RawBlock[],
  scope: Scope,
  schema?: BodySchema,
): ScopedBlock[] {
  const result: ScopedBlock[] = [];
  for (const block of blocks) {
    if (block.type !== 'dynamic') {
      result.push({ block, scope });
      continue;
    }
    try {
      for (const expanded of expandOne(block, scope, schema)) result.push(expanded);
    } catch (error) {
      if (!(error instanceof HclError)) throw error;
      scope.diagnostics.add(error.diagnostic);
    }
  }
  return result;
}

function expandOne(block: RawBlock, scope: Scope, schema: BodySchema | undefined): ScopedBlock[] {
  const typeLabel = block.labels[0];
  if (!typeLabel) return [];
  const blockSchema = schema?.blocks.find((each) => each.type === typeLabel.text);
  if (schema && !blockSchema) {
    throw new HclError(
      'Unsupported block type',
      `Blocks of type ${JSON.stringify(typeLabel.text)} are not expected here.`,
      typeLabel.range,
    );
  }
  const parts = block.body.content(dynamicSchema, scope.diagnostics);
  const attribute = (name: string): RawAttribute | undefined =>
    parts.attributes.find((each) => each.name === name);
  const forEach = attribute('for_each');
  const content = parts.blocks[0];
  if (!content) {
    throw new HclError(
      'Missing content block',
      'A dynamic block must have a nested block of type "content".',
      block.body.endRange,
    );
  }
  if (parts.blocks[1]) {
    throw new HclError(
      'Extraneous content block',
      'A dynamic block may have one nested block of type "content" only.',
      parts.blocks[1].headRange,
    );
  }
  if (!forEach) return [];
  const iterator = iteratorName(attribute('iterator'), typeLabel.text);
  const labels = attribute('labels')?.expression;
  const found = elements(forEach.expression, scope);
  scope.budget.charge(found.length * stepsPerBlock);
  return found.map(([key, value]) => {
    const inner = scope.child({
      [iterator]: makeObject([
        ['key', key],
        ['value', value],
      ]),
    });
    const made: RawBlock = {
      ...content,
      type: typeLabel.text,
      typeRange: typeLabel.range,
      labels: labels ? evaluateLabels(labels, inner) : [],
    };
    return {
      block: checkLabels(made, blockSchema?.labels ?? made.labels.map((each) => each.text)),
      scope: inner,
    };
  });
}

function iteratorName(attribute: RawAttribute | undefined, fallback: string): string {
  if (!attribute) return fallback;
  const expression = attribute.expression;
  if (expression.kind === 'traversal' && expression.steps.length === 0) return expression.root;
  if (expression.kind === 'template' && expression.parts.length === 1) {
    const part = expression.parts[0];
    if (part?.kind === 'text') return part.text;
  }
  throw new HclError(
    'Invalid iterator name',
    'The iterator of a dynamic block must be a plain name.',
    expression.range,
  );
}

function elements(expression: Expression, scope: Scope): [Value, Value][] {
  const collection = evaluate(expression, scope);
  if (isArray(collection)) {
    scope.budget.chargeElements(collection.length);
    if (isSet(collection)) return collection.map((value) => [value, value]);
    return collection.map((value, index) => [index, value]);
  }
  if (collection !== null && isObject(collection)) {
    const keys = sortedKeys(collection);
    scope.budget.chargeElements(keys.length);
    return keys.map((key) => [key, collection[key] ?? null]);
  }
  throw new HclError(
    'Invalid dynamic for_each value',
    `Cannot use a ${typeName(collection)} value in for_each. An iterable collection is required.`,
    expression.range,
  );
}

function evaluateLabels(expression: Expression, scope: Scope): Label[] {
  const value = evaluate(expression, scope);
  if (!isArray(value)) {
    throw new HclError('Invalid dynamic block labels', 'A list of strings is required.', expression.range);
  }
  return value.map((item) => {
    try {
      const text = convert(item, stringType, scope.budget.charge);
      if (typeof text === 'string') return { text, range: expression.range };
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
    }
    throw new HclError('Invalid dynamic block label', 'Every label must be a string.', expression.range);
  });
}

function checkLabels(block: RawBlock, names: readonly string[]): RawBlock {
  if (block.labels.length === names.length) return block;
  const missing = names[block.labels.length];
  throw new HclError(
    missing === undefined ? 'Extraneous label in dynamic block' : 'Missing label for dynamic block',
    missing === undefined
      ? `Blocks of type ${JSON.stringify(block.type)} take ${names.length} label(s), but ${block.labels.length} are given.`
      : `All ${JSON.stringify(block.type)} blocks must have ${names.length} label(s) (${names.join(', ')}). Set them with the "labels" argument.`,
    block.typeRange,
  );
}
