// SPDX-License-Identifier: MPL-2.0
// The body of a file or block, bound to a scope: what readers of configuration and job files work with.

import type { Scope } from '../eval/scope.ts';
import type { Range } from '../source.ts';
import type { Label } from '../syntax/ast.ts';
import { Attribute } from './attribute.ts';
import { expandDynamicBlocks, withDynamicBlocks } from './dynamic.ts';
import type { RawBlock, RawBody } from './raw-body.ts';
import type { BodySchema } from './schema.ts';

export interface Block {
  readonly type: string;
  readonly typeRange: Range;
  readonly labels: readonly Label[];
  /** Type and labels. */
  readonly headRange: Range;
  readonly body: Body;
}

/** What a schema picked out of a body. */
export class Content {
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** In the order of the file; dynamic blocks are already expanded. */
  readonly blocks: readonly Block[];
  readonly #scope: Scope;

  constructor(attributes: ReadonlyMap<string, Attribute>, blocks: readonly Block[], scope: Scope) {
    this.attributes = attributes;
    this.blocks = blocks;
    this.#scope = scope;
  }

  attribute(name: string): Attribute | undefined {
    return this.attributes.get(name);
  }

  blocksOf(type: string): readonly Block[] {
    return this.blocks.filter((block) => block.type === type);
  }

  /** The only block of a type. A second one is an error that names the first. */
  block(type: string): Block | undefined {
    const [first, second] = this.blocksOf(type);
    if (first && second) {
      this.#scope.diagnostics.error(
        `Duplicate ${type} block`,
        `Only one ${type} block is allowed. Another was defined at ${first.headRange}.`,
        second.headRange,
      );
    }
    return first;
  }
}

export interface BodyOptions {
  /** Expand `dynamic "type" {}` blocks. Off by default. */
  readonly dynamicBlocks?: boolean;
}

export class Body {
  readonly raw: RawBody;
  readonly scope: Scope;
  readonly #options: BodyOptions;

  constructor(raw: RawBody, scope: Scope, options: BodyOptions = {}) {
    this.raw = raw;
    this.scope = scope;
    this.#options = options;
  }

  get range(): Range {
    return this.raw.range;
  }

  get endRange(): Range {
    return this.raw.endRange;
  }

  /** Attributes and blocks of the schema. Anything else is an error with its place and, when there is one, a near name. */
  content(schema: BodySchema): Content {
    return this.#read(schema, false);
  }

  /** The same, but what the schema doesn't name is left alone. */
  partialContent(schema: BodySchema): Content {
    return this.#read(schema, true);
  }

  /** For bodies whose keys are the user's (meta, env): every attribute; a block is an error. */
  justAttributes(): ReadonlyMap<string, Attribute> {
    return this.#bindAttributes(this.raw.justAttributes(this.scope.diagnostics));
  }

  /** For bodies that somebody else understands (driver config): everything, dynamic blocks expanded. */
  everything(): Content {
    const raw = this.raw.everything();
    return new Content(this.#bindAttributes(raw.attributes), this.#bindBlocks(raw.blocks), this.scope);
  }

  /** The same body with other names in scope. */
  withScope(scope: Scope): Body {
    return new Body(this.raw, scope, this.#options);
  }

  #read(schema: BodySchema, partial: boolean): Content {
    const wanted = this.#options.dynamicBlocks ? withDynamicBlocks(schema) : schema;
    const raw = this.raw.content(wanted, this.scope.diagnostics, { partial });
    return new Content(
      this.#bindAttributes(raw.attributes),
      this.#bindBlocks(raw.blocks, schema),
      this.scope,
    );
  }

  #bindAttributes(
    raw: Iterable<{ name: string } & ConstructorParameters<typeof Attribute>[0]>,
  ): Map<string, Attribute> {
    const attributes = new Map<string, Attribute>();
    for (const attribute of raw) attributes.set(attribute.name, new Attribute(attribute, this.scope));
    return attributes;
  }

  #bindBlocks(raw: readonly RawBlock[], schema?: BodySchema): Block[] {
    const expanded = this.#options.dynamicBlocks
      ? expandDynamicBlocks(raw, this.scope, schema)
      : raw.map((block) => ({ block, scope: this.scope }));
    return expanded.map(({ block, scope }) => ({
      type: block.type,
      typeRange: block.typeRange,
      labels: block.labels,
      headRange: block.headRange,
      body: new Body(block.body, scope, this.#options),
    }));
  }
}
