// SPDX-License-Identifier: MPL-2.0
// Type expressions: string, list(string), object({ name = string, port = optional(number, 80) }).

import { HclError } from '../diagnostic.ts';
import type { Expression, FunctionCall, ObjectItem } from '../syntax/ast.ts';
import { ConversionError, convert } from './convert.ts';
import { anyType, boolType, type HclType, numberType, type ObjectAttribute, stringType } from './type.ts';
import { makeObject, type Value } from './value.ts';

const keywords: Readonly<Record<string, HclType>> = {
  string: stringType,
  number: numberType,
  bool: boolType,
  any: anyType,
};

/** Throws HclError with the place of the mistake. */
export function typeOfExpression(expression: Expression): HclType {
  if (expression.kind === 'traversal' && expression.steps.length === 0) return keywordType(expression);
  if (expression.kind === 'call') return constructedType(expression);
  // Old files put the type in quotes: type = "string".
  if (expression.kind === 'template') return quotedType(expression);
  return invalid('A type is a keyword like string, or a constructor like list(string).', expression);
}

function invalid(detail: string, node: { range: Expression['range'] }): never {
  throw new HclError('Invalid type specification', detail, node.range);
}

function keywordType(expression: Extract<Expression, { kind: 'traversal' }>): HclType {
  const type = keywords[expression.root];
  if (type) return type;
  if (['list', 'set', 'map'].includes(expression.root)) {
    return invalid(
      `The ${expression.root} type constructor requires one argument specifying the element type, e.g. ${expression.root}(string).`,
      expression,
    );
  }
  if (expression.root === 'object' || expression.root === 'tuple') {
    return invalid(
      `The ${expression.root} type constructor requires one argument specifying its parts.`,
      expression,
    );
  }
  return invalid(
    `The keyword ${JSON.stringify(expression.root)} is not a valid type specification.`,
    expression,
  );
}

function quotedType(expression: Extract<Expression, { kind: 'template' }>): HclType {
  const part = expression.parts[0];
  const text = expression.parts.length === 1 && part?.kind === 'text' ? part.text : '';
  if (text === 'string') return stringType;
  if (text === 'list') return { kind: 'list', element: anyType };
  if (text === 'map') return { kind: 'map', element: anyType };
  return invalid('A type is written without quotes: string, number, bool, list(string).', expression);
}

function constructedType(call: FunctionCall): HclType {
  const [argument] = call.args;
  switch (call.name) {
    case 'list':
    case 'set':
    case 'map':
      if (!argument || call.args.length > 1) return wrongArguments(call, 'the element type');
      return { kind: call.name, element: typeOfExpression(argument) };
    case 'tuple':
      if (argument?.kind !== 'tuple' || call.args.length > 1)
        return wrongArguments(call, 'a list of types in brackets');
      return { kind: 'tuple', elements: argument.items.map(typeOfExpression) };
    case 'object':
      if (argument?.kind !== 'object' || call.args.length > 1) {
        return wrongArguments(call, 'the attributes and their types in braces');
      }
      return { kind: 'object', attributes: new Map(argument.items.map(objectAttribute)) };
    case 'optional':
      return invalid('The optional modifier may be used for attributes of an object type only.', call);
    default:
      return invalid(`There is no type constructor named ${JSON.stringify(call.name)}.`, call);
  }
}

function wrongArguments(call: FunctionCall, wanted: string): never {
  return invalid(`The ${call.name} type constructor requires one argument: ${wanted}.`, call);
}

function objectAttribute(item: ObjectItem): [string, ObjectAttribute] {
  const part = item.key.kind === 'template' && item.key.parts.length === 1 ? item.key.parts[0] : undefined;
  if (part?.kind !== 'text') return invalid('The names of an object type must be plain words.', item.key);
  const { value } = item;
  if (value.kind !== 'call' || value.name !== 'optional') {
    return [part.text, { type: typeOfExpression(value), optional: false }];
  }
  const [typeNode, defaultNode] = value.args;
  if (!typeNode || value.args.length > 2) {
    return invalid('optional takes the type of the attribute and, after it, a default value.', value);
  }
  const type = typeOfExpression(typeNode);
  if (!defaultNode) return [part.text, { type, optional: true }];
  return [part.text, { type, optional: true, default: defaultValue(defaultNode, type) }];
}

function defaultValue(node: Expression, type: HclType): Value {
  try {
    return convert(constantValue(node), type, () => undefined);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw new HclError(
      'Invalid default value for optional attribute',
      `This default value is not compatible with the attribute's type constraint: ${error.message}.`,
      node.range,
    );
  }
}

/** Literals, lists and objects of literals: a default can't refer to anything. */
function constantValue(node: Expression): Value {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'parentheses':
      return constantValue(node.inner);
    case 'tuple':
      return node.items.map(constantValue);
    case 'unary': {
      const operand = constantValue(node.operand);
      if (node.operator === '-' && typeof operand === 'number') return -operand;
      if (node.operator === '!' && typeof operand === 'boolean') return !operand;
      break;
    }
    case 'object':
      return makeObject(
        node.items.map((item) => [String(constantValue(item.key)), constantValue(item.value)]),
      );
    case 'template':
      if (node.parts.every((part) => part.kind === 'text')) {
        return node.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
      }
      break;
  }
  return invalid('A default value of an optional attribute must be a constant.', node);
}

/** The type as it is written in a file. */
export function printType(type: HclType): string {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return `${type.kind}(${printType(type.element)})`;
    case 'tuple':
      return `tuple([${type.elements.map(printType).join(', ')}])`;
    case 'object': {
      const parts = Array.from(type.attributes, ([name, attribute]) => {
        const inner = printType(attribute.type);
        return `${name} = ${attribute.optional ? `optional(${inner})` : inner}`;
      });
      return `object({${parts.join(', ')}})`;
    }
    default:
      return type.kind;
  }
}
