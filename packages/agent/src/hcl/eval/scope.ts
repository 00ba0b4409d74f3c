// SPDX-License-Identifier: MPL-2.0
// What names mean where an expression is evaluated.

import { Diagnostics } from '../diagnostic.ts';
import type { FunctionTable } from '../functions/spec.ts';
import { defaultLimits, type HclLimits } from '../limits.ts';
import type { Value } from '../value/value.ts';
import { Budget } from './budget.ts';

export interface ScopeOptions {
  /** Root names: `{ var: {...}, local: {...} }`. */
  readonly variables?: Readonly<Record<string, Value>>;
  readonly functions?: FunctionTable;
  /**
   * What a name that nothing defines becomes: `text` keeps `${name.rest}` as it stands, for whoever interpolates at
   * run time; `error` reports it.
   */
  readonly unknown?: 'text' | 'error';
  readonly diagnostics?: Diagnostics;
  readonly limits?: HclLimits;
}

/** Shared by a root scope and all scopes within it. */
export interface Environment {
  readonly functions: FunctionTable;
  readonly unknown: 'text' | 'error';
  readonly diagnostics: Diagnostics;
  readonly budget: Budget;
}

export class Scope {
  readonly environment: Environment;
  readonly #variables: Readonly<Record<string, Value>>;
  readonly #parent: Scope | undefined;

  private constructor(
    environment: Environment,
    variables: Readonly<Record<string, Value>>,
    parent: Scope | undefined,
  ) {
    this.environment = environment;
    this.#variables = variables;
    this.#parent = parent;
  }

  static root(options: ScopeOptions = {}): Scope {
    const environment: Environment = {
      functions: options.functions ?? new Map(),
      unknown: options.unknown ?? 'error',
      diagnostics: options.diagnostics ?? new Diagnostics(),
      budget: new Budget(options.limits ?? defaultLimits),
    };
    return new Scope(environment, options.variables ?? {}, undefined);
  }

  /** The same environment with more names; they hide outer ones. */
  child(variables: Readonly<Record<string, Value>>): Scope {
    return new Scope(this.environment, variables, this);
  }

  /** The value of a root name, or undefined when nothing defines it. */
  lookup(name: string): Value | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.#parent) {
      if (Object.hasOwn(scope.#variables, name)) return scope.#variables[name];
    }
    return undefined;
  }

  names(): string[] {
    const names = new Set<string>();
    for (let scope: Scope | undefined = this; scope; scope = scope.#parent) {
      for (const name of Object.keys(scope.#variables)) names.add(name);
    }
    return [...names];
  }

  get diagnostics(): Diagnostics {
    return this.environment.diagnostics;
  }

  get budget(): Budget {
    return this.environment.budget;
  }
}
