// SPDX-License-Identifier: MPL-2.0
// Shorthands for declaring functions.

import {
  anyType,
  boolType,
  type HclType,
  listOf,
  mapOf,
  numberType,
  setOf,
  stringType,
} from '../value/type.ts';
import type { HclObject, Value } from '../value/value.ts';
import type { CallContext, FunctionSpec, Parameter } from './spec.ts';

/** Arguments by position, already of the declared type. */
export class Arguments {
  readonly values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.values = values;
  }

  get count(): number {
    return this.values.length;
  }

  any(index: number): Value {
    return this.values[index] ?? null;
  }

  text(index: number): string {
    return this.values[index] as string;
  }

  number(index: number): number {
    return this.values[index] as number;
  }

  list(index: number): readonly Value[] {
    return this.values[index] as readonly Value[];
  }

  texts(index: number): readonly string[] {
    return this.values[index] as readonly string[];
  }

  map(index: number): HclObject {
    return this.values[index] as HclObject;
  }

  from(index: number): readonly Value[] {
    return this.values.slice(index);
  }
}

type Body = (args: Arguments, context: CallContext) => Value;

export function define(name: string, parameters: readonly Parameter[], body: Body): FunctionSpec {
  return { name, parameters, call: (args, context) => body(new Arguments(args), context) };
}

/** The last parameter takes all further arguments; there may be none. */
export function defineVariadic(name: string, parameters: readonly Parameter[], body: Body): FunctionSpec {
  const rest = parameters.at(-1);
  const call = (args: readonly Value[], context: CallContext): Value => body(new Arguments(args), context);
  const fixed = parameters.slice(0, -1);
  return rest ? { name, parameters: fixed, rest, call } : { name, parameters: fixed, call };
}

const parameterOf =
  (type: HclType) =>
  (name: string): Parameter => ({ name, type });

export const text = parameterOf(stringType);
export const number = parameterOf(numberType);
export const bool = parameterOf(boolType);
export const any = parameterOf(anyType);
export const textList = parameterOf(listOf(stringType));
export const list = parameterOf(listOf(anyType));
export const set = parameterOf(setOf(anyType));
export const map = parameterOf(mapOf(anyType));

/** Takes null, too. */
export function nullable(parameter: Parameter): Parameter {
  return { ...parameter, nullable: true };
}
