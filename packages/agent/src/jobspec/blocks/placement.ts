// SPDX-License-Identifier: MPL-2.0
// constraint, affinity and spread, with the short forms `version = "…"`, `distinct_hosts = true` and so on.

import { Affinity, Constraint, Spread, SpreadTarget } from '@serai/api';
import { type BlockSpec, blockSpec, type Fields, type FinishContext, many } from '../decode/block-spec.ts';

const shortOperators = [
  'version',
  'semver',
  'regexp',
  'set_contains',
  'set_contains_all',
  'set_contains_any',
];

/** `version = ">= 1"` instead of operator and value. */
function applyShortForm(fields: Fields, context: FinishContext): void {
  for (const operator of shortOperators) {
    const attribute = context.content.attribute(operator);
    const value = attribute?.string();
    if (typeof value !== 'string') continue;
    fields['Operand'] = operator;
    fields['RTarget'] = value;
  }
}

function finishConstraint(fields: Fields, context: FinishContext): Fields | null {
  applyShortForm(fields, context);
  const property = context.content.attribute('distinct_property')?.string();
  if (typeof property === 'string') {
    fields['Operand'] = 'distinct_property';
    fields['LTarget'] = property;
  }
  for (const operator of ['distinct_hosts', 'is_set', 'is_not_set']) {
    const attribute = context.content.attribute(operator);
    if (!attribute) continue;
    if (operator === 'distinct_hosts') {
      // Switched off is the same as not there.
      if (attribute.bool() !== true) return null;
      fields['Operand'] = operator;
      fields['RTarget'] = 'true';
    } else {
      fields['Operand'] = operator;
      fields['LTarget'] = attribute.string() ?? '';
    }
  }
  return { LTarget: '', RTarget: '', Operand: '=', ...withoutEmptyOperand(fields) };
}

function withoutEmptyOperand(fields: Fields): Fields {
  if (fields['Operand'] !== '') return fields;
  const { Operand: _empty, ...rest } = fields;
  return rest;
}

export const constraintSpec: BlockSpec = blockSpec(Constraint, {
  attributes: { attribute: 'LTarget', operator: 'Operand', value: 'RTarget' },
  extraAttributes: [...shortOperators, 'distinct_property', 'distinct_hosts', 'is_set', 'is_not_set'],
  finish: finishConstraint,
});

export const affinitySpec: BlockSpec = blockSpec(Affinity, {
  attributes: { attribute: 'LTarget', operator: 'Operand', value: 'RTarget', weight: 'Weight' },
  extraAttributes: shortOperators,
  finish: (fields, context) => {
    applyShortForm(fields, context);
    return { LTarget: '', RTarget: '', Operand: '=', Weight: 50, ...withoutEmptyOperand(fields) };
  },
});

const spreadTargetSpec: BlockSpec = blockSpec(SpreadTarget, {
  labelField: 'Value',
  labels: ['value'],
  attributes: { value: 'Value', percent: 'Percent' },
});

export const spreadSpec: BlockSpec = blockSpec(Spread, {
  attributes: { attribute: 'Attribute', weight: 'Weight' },
  blocks: { target: many('SpreadTarget', () => spreadTargetSpec) },
  finish: (fields) => ({ Weight: 50, ...fields }),
});
