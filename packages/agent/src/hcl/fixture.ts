// SPDX-License-Identifier: MPL-2.0
// For the tests of this module: short ways from text to values and to what is reported.

import { AppError, seededRandom } from '#base';
import { Body, type BodyOptions } from './body/body.ts';
import { Diagnostics, formatHeadline } from './diagnostic.ts';
import { Scope, type ScopeOptions } from './eval/scope.ts';
import { parseHcl } from './file.ts';
import type { FileAccess } from './functions/spec.ts';
import { standardFunctions } from './functions/standard.ts';
import type { HclLimits } from './limits.ts';
import type { Value } from './value/value.ts';

export interface FixtureOptions extends BodyOptions {
  readonly variables?: Readonly<Record<string, Value>>;
  readonly unknown?: ScopeOptions['unknown'];
  readonly limits?: HclLimits;
  readonly files?: FileAccess;
}

export interface Fixture {
  readonly body: Body;
  readonly diagnostics: Diagnostics;
}

/** A file bound to a scope with all functions. */
export function fixture(text: string, options: FixtureOptions = {}): Fixture {
  const diagnostics = new Diagnostics();
  const limits = options.limits ? { limits: options.limits } : {};
  const file = parseHcl({ name: 'test.hcl', text }, { diagnostics, ...limits });
  const scope = Scope.root({
    diagnostics,
    functions: standardFunctions({
      random: seededRandom(1),
      ...(options.files ? { files: options.files } : {}),
    }),
    unknown: options.unknown ?? 'error',
    variables: options.variables ?? {},
    ...limits,
  });
  return { body: new Body(file.body, scope, options), diagnostics };
}

/** The value of one expression. Throws the first diagnostic's headline. */
export function evaluateText(expression: string, options: FixtureOptions = {}): Value {
  const { body, diagnostics } = fixture(`x = ${expression}\n`, options);
  const value = body.everything().attribute('x')?.evaluate();
  const [error] = diagnostics.errors;
  if (error) throw new AppError('invalid', formatHeadline(error));
  return value ?? null;
}

/** Values as plain data, for comparison: sets and objects lose their classes. */
export function plain(value: Value | undefined): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Headlines of everything that is wrong with a file: syntax, then every expression. */
export function headlines(text: string, options: FixtureOptions = {}): string[] {
  const { body, diagnostics } = fixture(text, options);
  evaluateAll(body);
  return diagnostics.list.map(formatHeadline);
}

export function evaluateAll(body: Body): void {
  const content = body.everything();
  for (const attribute of content.attributes.values()) attribute.evaluate();
  for (const block of content.blocks) evaluateAll(block.body);
}
