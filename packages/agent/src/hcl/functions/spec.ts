// SPDX-License-Identifier: MPL-2.0
// How a function is declared: its parameters with types, and what it does.

import type { Random } from '#base';
import type { Budget } from '../eval/budget.ts';
import type { Expression } from '../syntax/ast.ts';
import type { HclType } from '../value/type.ts';
import type { Value } from '../value/value.ts';

export interface Parameter {
  readonly name: string;
  readonly type: HclType;
  /** null is refused unless this is set. */
  readonly nullable?: boolean;
}

export interface FunctionSpec {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Takes all further arguments. */
  readonly rest?: Parameter;
  /** Arguments arrive converted to the types of their parameters. Throws ArgumentError or FunctionError. */
  readonly call: (args: readonly Value[], context: CallContext) => Value;
  /** Instead of `call`, for functions that look at the expressions (try, can, convert). */
  readonly special?: (args: readonly Expression[], context: SpecialContext) => Value;
}

export interface CallContext {
  readonly budget: Budget;
}

export interface SpecialContext extends CallContext {
  evaluate(expression: Expression): Value;
}

export type FunctionTable = ReadonlyMap<string, FunctionSpec>;

/** Reads files for file(), fileexists() and the like. Paths are as the user wrote them; the access resolves and confines them. */
export interface FileAccess {
  /** Content, or throws an Error whose message the user sees. At most `maxBytes`. */
  read(path: string, maxBytes: number): Uint8Array;
  exists(path: string): boolean;
  /** Relative paths of regular files below the directory that match the glob, sorted. */
  glob(directory: string, pattern: string, maxFiles: number): readonly string[];
  absolute(path: string): string;
  /** Expands a leading `~`. */
  expandHome(path: string): string;
}

export interface FunctionOptions {
  /** Absent: file functions report that file access is off. */
  readonly files?: FileAccess;
  readonly random: Random;
}

/** The value of one argument can't be used. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
  readonly index: number;
  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/** The call as a whole failed. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
}
