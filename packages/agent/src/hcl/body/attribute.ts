// SPDX-License-Identifier: MPL-2.0
// `name = expression` together with the scope in which the expression means something.

import { HclError } from '../diagnostic.ts';
import { evaluate } from '../eval/evaluate.ts';
import { measureValue } from '../eval/measure.ts';
import type { Scope } from '../eval/scope.ts';
import type { Range } from '../source.ts';
import type { Expression } from '../syntax/ast.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { boolType, type HclType, listOf, mapOf, numberType, stringType } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import type { RawAttribute } from './raw-body.ts';

/**
 * The getters report what is wrong to the scope's diagnostics and then return undefined; for an attribute that is set to
 * null they return null.
 */
export class Attribute {
  readonly name: string;
  readonly nameRange: Range;
  readonly range: Range;
  readonly expression: Expression;
  readonly scope: Scope;
  #value: Value | undefined;
  #failed = false;

  constructor(raw: RawAttribute, scope: Scope) {
    this.name = raw.name;
    this.nameRange = raw.nameRange;
    this.range = raw.range;
    this.expression = raw.expression;
    this.scope = scope;
  }

  get valueRange(): Range {
    return this.expression.range;
  }

  /** The value as it comes. Evaluated once. */
  evaluate(): Value | undefined {
    if (this.#value !== undefined || this.#failed) return this.#value;
    try {
      const value = evaluate(this.expression, this.scope);
      measureValue(value, this.scope.budget, this.expression.range);
      this.#value = value;
    } catch (error) {
      this.#failed = true;
      if (!(error instanceof HclError)) throw error;
      this.scope.diagnostics.add({ subject: this.expression.range, ...error.diagnostic });
    }
    return this.#value;
  }

  /** The value converted to a type. */
  as(type: HclType): Value | undefined {
    const value = this.evaluate();
    if (value === undefined || value === null) return value;
    try {
      return convert(value, type, this.scope.budget.charge);
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      this.#wrongType(error.message);
      return undefined;
    }
  }

  string(): string | null | undefined {
    return this.as(stringType) as string | null | undefined;
  }

  number(): number | null | undefined {
    return this.as(numberType) as number | null | undefined;
  }

  /** A whole number; fractions are an error. */
  integer(): number | null | undefined {
    const value = this.number();
    if (value === undefined || value === null || Number.isSafeInteger(value)) return value;
    this.#wrongType('a whole number is required');
    return undefined;
  }

  bool(): boolean | null | undefined {
    return this.as(boolType) as boolean | null | undefined;
  }

  strings(): readonly string[] | null | undefined {
    return this.as(listOf(stringType)) as readonly string[] | null | undefined;
  }

  stringMap(): Readonly<Record<string, string>> | null | undefined {
    return this.as(mapOf(stringType)) as Readonly<Record<string, string>> | null | undefined;
  }

  /** For checks of the reader: an error that points at the value. */
  error(summary: string, detail: string): void {
    this.scope.diagnostics.error(summary, detail, this.valueRange);
  }

  warning(summary: string, detail: string): void {
    this.scope.diagnostics.warning(summary, detail, this.valueRange);
  }

  #wrongType(message: string): void {
    this.error(
      'Incorrect attribute value type',
      `Inappropriate value for attribute ${JSON.stringify(this.name)}: ${message}.`,
    );
  }
}
