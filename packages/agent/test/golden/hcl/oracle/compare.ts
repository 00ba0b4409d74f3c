// SPDX-License-Identifier: MPL-2.0
// One input of the golden data through our implementation, and what differs from the recorded answer.

import { isDeepStrictEqual } from 'node:util';
import { AppError, seededRandom } from '#base';
import {
  Body,
  type BodySchema,
  type Content,
  Diagnostics,
  parseHcl,
  Scope,
  schemaOf,
  standardFunctions,
  type Value,
} from '#hcl';
import { jobFormat } from '#jobspec';

export interface RecordedError {
  readonly summary: string;
  readonly detail: string;
  /** `line,column-column` */
  readonly at: string;
}

export interface RecordedSchema {
  readonly attributes: readonly string[];
  readonly blocks: Readonly<Record<string, RecordedSchema & { readonly labels: readonly string[] }>>;
}

export interface RecordedCase {
  readonly input: string;
  readonly value?: unknown;
  readonly text?: string;
  readonly errors?: readonly RecordedError[];
}

export interface Recording {
  readonly kind: 'expression' | 'body' | 'dynamic' | 'json' | 'format';
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly schema?: RecordedSchema;
  readonly cases: readonly RecordedCase[];
}

function lineOf(at: string): string {
  return /^\d+/.exec(at)?.[0] ?? '';
}

interface Answer {
  readonly value?: unknown;
  readonly errors: readonly { readonly at: string; readonly summary: string }[];
}

const functions = standardFunctions({ random: seededRandom(1) });

/** What differs: the result, the words of the refusal, or the line that it points at. */
export type Difference =
  | { readonly kind: 'result'; readonly text: string }
  | { readonly kind: 'words' | 'line'; readonly ours: string; readonly theirs: string };

/** Undefined when ours answers as recorded. */
export function difference(recording: Recording, each: RecordedCase): Difference | undefined {
  const ours = recording.kind === 'format' ? format(each.input) : read(recording, each.input);
  const [theirs] = each.errors ?? [];
  const [refusal] = ours.errors;
  if (!theirs) {
    const expected = plain(each.text ?? each.value ?? null);
    if (refusal) return { kind: 'result', text: `refused at ${refusal.at}: ${refusal.summary}` };
    if (isDeepStrictEqual(ours.value, expected)) return undefined;
    return { kind: 'result', text: `gives ${JSON.stringify(ours.value)}, not ${JSON.stringify(expected)}` };
  }
  if (!refusal) return { kind: 'result', text: `gives ${JSON.stringify(ours.value)}, not ${theirs.summary}` };
  if (refusal.summary !== theirs.summary) {
    return { kind: 'words', ours: refusal.summary, theirs: theirs.summary };
  }
  // The columns may differ: ours underline the whole expression or name, the reference often a part of it.
  const lines = [lineOf(refusal.at), lineOf(theirs.at)];
  return lines[0] === lines[1] ? undefined : { kind: 'line', ours: refusal.summary, theirs: theirs.at };
}

function format(input: string): Answer {
  try {
    return { value: jobFormat(input, 't'), errors: [] };
  } catch (error) {
    const [, at = '', summary = ''] = /^t:([\d,-]+): ([^;]*);/.exec(messageOf(error)) ?? [];
    if (summary !== '') return { errors: [{ at, summary }] };
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof AppError ? error.message : '';
}

function read(recording: Recording, input: string): Answer {
  const diagnostics = new Diagnostics();
  const text = recording.kind === 'expression' ? `x = ${input}\n` : input;
  const syntax = recording.kind === 'json' ? 'json' : 'native';
  const file = parseHcl({ name: 't', text }, { diagnostics, syntax });
  let value: unknown;
  if (!diagnostics.hasErrors()) {
    const variables = (recording.variables ?? {}) as Readonly<Record<string, Value>>;
    const scope = Scope.root({ diagnostics, functions, unknown: 'error', variables });
    const body = new Body(file.body, scope, { dynamicBlocks: recording.kind === 'dynamic' });
    if (recording.kind === 'expression') value = body.everything().attribute('x')?.evaluate() ?? null;
    else value = recording.schema ? withSchema(body, recording.schema) : whole(body);
  }
  const errors = diagnostics.errors.map(({ summary, subject }) => ({
    at: subject ? subject.toString().replace(/^t:/, '') : '',
    summary,
  }));
  return { value: plain(value ?? null), errors };
}

/** Without classes, prototypes and the sign of zero. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function whole(body: Body): unknown {
  const content = body.everything();
  return dump(content, (block) => whole(block));
}

function withSchema(body: Body, schema: RecordedSchema): unknown {
  return dump(body.content(bodySchema(schema)), (inner, type) => {
    const next = schema.blocks[type];
    return next ? withSchema(inner, next) : undefined;
  });
}

function bodySchema(schema: RecordedSchema): BodySchema {
  const labels = Object.entries(schema.blocks).map(([type, block]) => [type, block.labels] as const);
  return schemaOf(schema.attributes, Object.fromEntries(labels));
}

function dump(content: Content, inner: (body: Body, type: string) => unknown): unknown {
  const attributes = Array.from(content.attributes, ([name, each]) => [name, each.evaluate() ?? null]);
  return {
    attributes: Object.fromEntries(attributes),
    blocks: content.blocks.map((block) => ({
      type: block.type,
      labels: block.labels.map((label) => label.text),
      body: inner(block.body, block.type),
    })),
  };
}
