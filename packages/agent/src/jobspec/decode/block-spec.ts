// SPDX-License-Identifier: MPL-2.0
// A block of the job language as data: which names it takes and which fields of the API object they fill.

import type { Schema, StructSchema } from '@serai/api';
import type { Block, Body } from '#hcl';
import type { Decoder } from './decoder.ts';

/** A partly filled API object. */
export type Fields = Record<string, unknown>;

export interface NestedBlock {
  /** field of the outer object that receives the inner one */
  readonly field: string;
  /** A function, so that tables may refer to each other. */
  readonly spec: () => BlockSpec;
  /** one: at most one such block. list: any number, in order. map: any number, keyed by their label. */
  readonly many: 'one' | 'list' | 'map';
}

export interface BlockSpec {
  readonly schema: Schema;
  /** attribute name → field; the field's schema says which type is asked for */
  readonly attributes: Readonly<Record<string, string>>;
  /** names that may be written as a block or as a map: name → field of strings */
  readonly maps: Readonly<Record<string, string>>;
  /** blocks with content that somebody else understands: name → field */
  readonly free: Readonly<Record<string, string>>;
  readonly blocks: Readonly<Record<string, NestedBlock>>;
  /** names of the labels; the first one fills `labelField` */
  readonly labels: readonly string[];
  readonly labelField: string | undefined;
  /** attributes that must be given */
  readonly required: readonly string[];
  /** names that fill no single field; `finish` reads them */
  readonly extraAttributes: readonly string[];
  readonly extraBlocks: Readonly<Record<string, readonly string[]>>;
  /** Last word on the object: shorthands, defaults of the language, checks that need positions. Null drops the block. */
  readonly finish: ((fields: Fields, context: FinishContext) => Fields | null) | undefined;
}

export interface FinishContext {
  readonly decoder: Decoder;
  readonly body: Body;
  /** undefined for the top of the file */
  readonly block: Block | undefined;
  readonly content: import('#hcl').Content;
}

type BlockSpecInput<F> = Partial<
  Omit<BlockSpec, 'schema' | 'attributes' | 'maps' | 'free' | 'labelField' | 'blocks'>
> & {
  readonly attributes?: Readonly<Record<string, keyof F & string>>;
  readonly maps?: Readonly<Record<string, keyof F & string>>;
  readonly free?: Readonly<Record<string, keyof F & string>>;
  readonly labelField?: keyof F & string;
  readonly blocks?: Readonly<Record<string, NestedBlock & { readonly field: keyof F & string }>>;
};

/** Declares the block that fills a struct; field names are checked against it. */
export function blockSpec<F>(schema: StructSchema<F>, spec: BlockSpecInput<F>): BlockSpec {
  return {
    schema,
    attributes: spec.attributes ?? {},
    maps: spec.maps ?? {},
    free: spec.free ?? {},
    blocks: spec.blocks ?? {},
    labels: spec.labels ?? (spec.labelField === undefined ? [] : ['name']),
    labelField: spec.labelField,
    required: spec.required ?? [],
    extraAttributes: spec.extraAttributes ?? [],
    extraBlocks: spec.extraBlocks ?? {},
    finish: spec.finish,
  };
}

export function one<K extends string>(field: K, spec: () => BlockSpec): NestedBlock & { readonly field: K } {
  return { field, spec, many: 'one' };
}
export function many<K extends string>(field: K, spec: () => BlockSpec): NestedBlock & { readonly field: K } {
  return { field, spec, many: 'list' };
}
export function keyed<K extends string>(
  field: K,
  spec: () => BlockSpec,
): NestedBlock & { readonly field: K } {
  return { field, spec, many: 'map' };
}
