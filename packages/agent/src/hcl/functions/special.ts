// SPDX-License-Identifier: MPL-2.0
// can convert try: functions that look at their arguments as expressions.

import { HclError, LimitError } from '../diagnostic.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { typeOfExpression } from '../value/type-expression.ts';
import { any } from './define.ts';
import { ArgumentError, FunctionError, type FunctionSpec } from './spec.ts';

const notCalled = (): never => {
  throw new FunctionError('this function takes expressions');
};

export const specialFunctions: readonly FunctionSpec[] = [
  {
    name: 'try',
    parameters: [],
    rest: any('expressions'),
    call: notCalled,
    special: (args, context) => {
      const reasons: string[] = [];
      for (const expression of args) {
        try {
          return context.evaluate(expression);
        } catch (error) {
          if (!(error instanceof HclError) || error instanceof LimitError) throw error;
          reasons.push(error.message);
        }
      }
      if (reasons.length === 0) throw new FunctionError('at least one argument is required');
      throw new FunctionError(`no expression succeeded: ${reasons.join(' | ')}`);
    },
  },
  {
    name: 'can',
    parameters: [any('expression')],
    call: notCalled,
    special: (args, context) => {
      try {
        const [expression] = args;
        if (expression) context.evaluate(expression);
        return true;
      } catch (error) {
        if (!(error instanceof HclError) || error instanceof LimitError) throw error;
        return false;
      }
    },
  },
  {
    name: 'convert',
    parameters: [any('value'), any('type')],
    call: notCalled,
    special: (args, context) => {
      const [value, type] = args;
      if (!value || !type) throw new FunctionError('a value and a type are required');
      try {
        return convert(context.evaluate(value), typeOfExpression(type), context.budget.charge);
      } catch (error) {
        if (error instanceof ConversionError) throw new ArgumentError(0, error.message);
        throw error;
      }
    },
  },
];
