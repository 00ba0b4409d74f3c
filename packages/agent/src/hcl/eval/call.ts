// SPDX-License-Identifier: MPL-2.0
// Function calls: look-up, number of arguments, conversion of arguments, errors with the place of the argument.

import { HclError } from '../diagnostic.ts';
import { ArgumentError, FunctionError, type FunctionSpec, type Parameter } from '../functions/spec.ts';
import { didYouMean } from '../suggestion.ts';
import type { Expression, FunctionCall } from '../syntax/ast.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { composed, isArray, isSet, type Value } from '../value/value.ts';
import { type Evaluate, runtimeHint } from './operators.ts';
import type { Scope } from './scope.ts';

export function evaluateCall(node: FunctionCall, scope: Scope, evaluate: Evaluate): Value {
  const spec = findFunction(node, scope);
  if (spec.special) return callSpecial(spec, { node, scope, evaluate });
  const args = collectArguments(node, scope, evaluate);
  checkCount(spec, node, args.length);
  const converted = args.map((value, i) => convertArgument(value, { spec, node, index: i }, scope));
  try {
    return composedResult(spec.call(converted, { budget: scope.budget }));
  } catch (error) {
    throw callError(error, { node, spec });
  }
}

/** A function can bring characters together that compose. */
function composedResult(value: Value): Value {
  if (typeof value === 'string') return composed(value);
  if (!isArray(value) || isSet(value)) return value;
  return value.some((item) => typeof item === 'string' && composed(item) !== item)
    ? value.map((item) => (typeof item === 'string' ? composed(item) : item))
    : value;
}

function findFunction(node: FunctionCall, scope: Scope): FunctionSpec {
  const { functions } = scope.environment;
  const spec = functions.get(node.name);
  if (spec) return spec;
  throw new HclError(
    'Call to unknown function',
    `There is no function named ${JSON.stringify(node.name)}.${didYouMean(node.name, functions.keys())}`,
    node.nameRange,
  );
}

function callSpecial(
  spec: FunctionSpec,
  call: { node: FunctionCall; scope: Scope; evaluate: Evaluate },
): Value {
  const { node, scope, evaluate } = call;
  if (node.expandFinal) {
    throw new HclError(
      'Invalid expanding argument',
      `The arguments of ${spec.name} can't be expanded.`,
      node.range,
    );
  }
  checkCount(spec, node, node.args.length);
  try {
    const context = {
      budget: scope.budget,
      evaluate: (expression: Expression) => evaluate(expression, scope),
    };
    return spec.special?.(node.args, context) ?? null;
  } catch (error) {
    throw callError(error, { node, spec });
  }
}

function collectArguments(node: FunctionCall, scope: Scope, evaluate: Evaluate): Value[] {
  const args = node.args.map((argument) => evaluate(argument, scope));
  const last = node.args.at(-1);
  if (!node.expandFinal || !last) return args;
  const expanded = args.pop() ?? null;
  if (!isArray(expanded)) {
    throw new HclError(
      'Invalid expanding argument value',
      'The expanding argument (indicated by ...) must be of a tuple, list, or set type.',
      last.range,
    );
  }
  scope.budget.chargeElements(expanded.length);
  return args.concat(expanded);
}

function checkCount(spec: FunctionSpec, node: FunctionCall, count: number): void {
  const wanted = spec.parameters.length;
  if (count < wanted) {
    const missing = spec.parameters[count]?.name ?? '';
    throw new HclError(
      'Not enough function arguments',
      `Function "${spec.name}" expects ${spec.rest ? 'at least ' : ''}${wanted} argument(s). Missing value for "${missing}".`,
      node.range,
    );
  }
  if (count > wanted && !spec.rest) {
    throw new HclError(
      'Too many function arguments',
      `Function "${spec.name}" expects only ${wanted} argument(s).`,
      node.args[wanted]?.range ?? node.range,
    );
  }
}

interface ArgumentPlace {
  readonly spec: FunctionSpec;
  readonly node: FunctionCall;
  readonly index: number;
}

function convertArgument(value: Value, place: ArgumentPlace, scope: Scope): Value {
  const parameter = parameterAt(place.spec, place.index);
  if (!parameter) return value;
  if (value === null) {
    if (parameter.nullable) return null;
    throw invalidArgument('argument must not be null', place, value);
  }
  try {
    return convert(value, parameter.type, scope.budget.charge);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw invalidArgument(error.message, place, value);
  }
}

function parameterAt(spec: FunctionSpec, index: number): Parameter | undefined {
  return spec.parameters[index] ?? spec.rest;
}

function invalidArgument(message: string, place: ArgumentPlace, value: Value): HclError {
  const name = parameterAt(place.spec, place.index)?.name ?? '';
  const node = place.node.args[place.index] ?? place.node.args.at(-1);
  return new HclError(
    'Invalid function argument',
    `Invalid value for "${name}" parameter: ${message}.${runtimeHint(value)}`,
    node?.range ?? place.node.range,
  );
}

function callError(error: unknown, call: { node: FunctionCall; spec: FunctionSpec }): unknown {
  if (error instanceof ArgumentError) {
    return invalidArgument(error.message, { ...call, index: error.index }, null);
  }
  if (error instanceof FunctionError) {
    return new HclError(
      'Error in function call',
      `Call to function "${call.spec.name}" failed: ${error.message}.`,
      call.node.range,
    );
  }
  return error;
}
