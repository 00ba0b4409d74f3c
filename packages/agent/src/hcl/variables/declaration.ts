// SPDX-License-Identifier: MPL-2.0
// variable "name" { type, default, description, validation {} } and variables { name = default }.

import type { Attribute } from '../body/attribute.ts';
import type { Block } from '../body/body.ts';
import { type BodySchema, schemaOf } from '../body/schema.ts';
import { HclError } from '../diagnostic.ts';
import type { Scope } from '../eval/scope.ts';
import type { Range } from '../source.ts';
import { referencesOf } from '../syntax/references.ts';
import { isName } from '../syntax/scanner.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { anyType, type HclType } from '../value/type.ts';
import { typeOfExpression } from '../value/type-expression.ts';
import type { Value } from '../value/value.ts';

export interface Validation {
  readonly condition: Attribute;
  readonly message: string;
  readonly range: Range;
}

export interface VariableDeclaration {
  readonly name: string;
  readonly range: Range;
  readonly type: HclType;
  /** Absent: a value must be given. */
  readonly default: Value | undefined;
  readonly description: string;
  readonly validations: readonly Validation[];
}

const variableSchema = schemaOf(['type', 'default', 'description', 'sensitive', 'nullable'], {
  validation: [],
});

const validationSchema: BodySchema = {
  attributes: [
    { name: 'condition', required: true },
    { name: 'error_message', required: true },
  ],
  blocks: [],
};

/** Reads `variable` and `variables` blocks, in order. Reports duplicates and returns the first of them. */
export function readVariables(blocks: readonly Block[]): ReadonlyMap<string, VariableDeclaration> {
  const variables = new Map<string, VariableDeclaration>();
  for (const block of blocks) {
    const found = block.type === 'variables' ? readShortForm(block) : [readVariable(block)];
    for (const variable of found) {
      if (!variable) continue;
      const before = variables.get(variable.name);
      if (before) {
        block.body.scope.diagnostics.error(
          'Duplicate variable',
          `Duplicate ${variable.name} variable definition found. It was already defined at ${before.range}.`,
          variable.range,
        );
      } else variables.set(variable.name, variable);
    }
  }
  return variables;
}

function readShortForm(block: Block): VariableDeclaration[] {
  return Array.from(block.body.justAttributes().values(), (attribute) => ({
    name: attribute.name,
    range: attribute.nameRange,
    type: anyType,
    default: attribute.evaluate() ?? null,
    description: '',
    validations: [],
  }));
}

function readVariable(block: Block): VariableDeclaration | undefined {
  const label = block.labels[0];
  if (!label) return undefined;
  const { scope } = block.body;
  if (!isName(label.text)) {
    scope.diagnostics.error(
      'Invalid variable name',
      'A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.',
      label.range,
    );
    return undefined;
  }
  const content = block.body.content(variableSchema);
  const type = readType(content.attribute('type'), scope);
  // These two are of no use here, but files that are shared with other tools hold them.
  content.attribute('sensitive')?.bool();
  content.attribute('nullable')?.bool();
  return {
    name: label.text,
    range: block.headRange,
    type,
    default: readDefault(content.attribute('default'), type),
    description: content.attribute('description')?.string() ?? '',
    validations: content.blocksOf('validation').flatMap((each) => readValidation(each, label.text)),
  };
}

function readType(attribute: Attribute | undefined, scope: Scope): HclType {
  if (!attribute) return anyType;
  try {
    return typeOfExpression(attribute.expression);
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    scope.diagnostics.add(error.diagnostic);
    return anyType;
  }
}

function readDefault(attribute: Attribute | undefined, type: HclType): Value | undefined {
  if (!attribute) return undefined;
  const value = attribute.evaluate();
  // A default that can't be read is reported already; null keeps "Unset variable" from being reported, too.
  if (value === undefined || value === null) return null;
  try {
    return convert(value, type, attribute.scope.budget.charge);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    attribute.error(
      'Invalid default value for variable',
      `This default value is not compatible with the variable's type constraint: ${error.message}.`,
    );
    return null;
  }
}

function readValidation(block: Block, name: string): Validation[] {
  const content = block.body.content(validationSchema);
  const condition = content.attribute('condition');
  const message = content.attribute('error_message');
  const text = message?.string();
  if (!condition || !message || typeof text !== 'string') return [];
  if (!/^\p{Lu}.*[.?!]$/su.test(text)) {
    message.warning(
      'Invalid validation error message',
      'The message should be a full sentence that starts with an uppercase letter and ends with a period, a question mark or an exclamation mark.',
    );
  }
  const refers = referencesOf(condition.expression).some(
    (each) => each.root === 'var' && (each.steps.length === 0 || each.steps[0]?.key === name),
  );
  if (!refers) {
    condition.error(
      'Invalid variable validation condition',
      `The condition for variable ${JSON.stringify(name)} must refer to var.${name} in order to test incoming values.`,
    );
    return [];
  }
  return [{ condition, message: text, range: block.headRange }];
}
