// SPDX-License-Identifier: MPL-2.0
// What a body says to items that its schema doesn't name. One wording for both syntaxes.

import type { Diagnostics } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import type { BlockSchema, BodySchema } from './schema.ts';

/** Names of a schema, prepared for look-ups. */
export class Expectation {
  readonly #schema: BodySchema;
  readonly #attributes: ReadonlySet<string>;
  readonly #blocks: ReadonlyMap<string, BlockSchema>;

  constructor(schema: BodySchema) {
    this.#schema = schema;
    this.#attributes = new Set(schema.attributes.map((each) => each.name));
    this.#blocks = new Map(schema.blocks.map((each) => [each.type, each]));
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  block(type: string): BlockSchema | undefined {
    return this.#blocks.get(type);
  }

  unsupportedArgument(name: string, range: Range, diagnostics: Diagnostics): void {
    const quoted = JSON.stringify(name);
    const hint = this.#blocks.has(name)
      ? ` Did you mean to define a block of type ${quoted}?`
      : didYouMean(name, [...this.#attributes, ...this.#blocks.keys()]);
    diagnostics.error(
      'Unsupported argument',
      `An argument named ${quoted} is not expected here.${hint}`,
      range,
    );
  }

  unsupportedBlock(type: string, range: Range, diagnostics: Diagnostics): void {
    const quoted = JSON.stringify(type);
    const hint = this.#attributes.has(type)
      ? ` Did you mean to define argument ${quoted}? If so, use the equals sign to assign it a value.`
      : didYouMean(type, [...this.#blocks.keys(), ...this.#attributes]);
    diagnostics.error(
      'Unsupported block type',
      `Blocks of type ${quoted} are not expected here.${hint}`,
      range,
    );
  }

  /** Reports required attributes that are not among the found ones. */
  checkRequired(found: ReadonlySet<string>, range: Range, diagnostics: Diagnostics): void {
    for (const { name, required } of this.#schema.attributes) {
      if (!required || found.has(name)) continue;
      diagnostics.error(
        'Missing required argument',
        `The argument ${JSON.stringify(name)} is required, but no definition was found.`,
        range,
      );
    }
  }
}

const cache = new WeakMap<BodySchema, Expectation>();

export function expectationOf(schema: BodySchema): Expectation {
  const known = cache.get(schema);
  if (known) return known;
  const expectation = new Expectation(schema);
  cache.set(schema, expectation);
  return expectation;
}
