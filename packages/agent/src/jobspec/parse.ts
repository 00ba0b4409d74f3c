// SPDX-License-Identifier: MPL-2.0
// A job file to the job that is submitted. Only what was written is in it: defaults are filled in by the server.

import type { Input, JobSpec } from '@serai/api';
import type { Random } from '#base';
import {
  type Block,
  Body,
  Diagnostics,
  defaultLimits,
  type FileAccess,
  formatHeadline,
  type HclFile,
  type HclInput,
  type HclLimits,
  inputScope,
  looksLikeJson,
  parseHcl,
  Scope,
  schemaOf,
  standardFunctions,
  type VariableSources,
} from '#hcl';
import { decodeApiJob, isApiJson } from '#model';
import { jobSpec } from './blocks/job.ts';
import { Decoder } from './decode/decoder.ts';

export interface ParseJobInput {
  readonly source: string | Uint8Array;
  /** as messages name it */
  readonly filename: string;
  /** `-var name=value`, in the order of the command line */
  readonly variables?: readonly string[];
  /** `-var-file`, in the order of the command line */
  readonly varFiles?: readonly HclInput[];
  /** the environment; only `NOMAD_VAR_*` is looked at */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** false: values for variables that the file does not declare are ignored. Default true. */
  readonly strict?: boolean;
  /** `-hcl1`: read by the older grammar (quoted argument names, commas between arguments, no expressions) */
  readonly hcl1?: boolean;
}

export interface ParseJobDependencies {
  /** for uuidv4() and the like */
  readonly random: Random;
  /** what file functions may read; absent: they report that file access is off */
  readonly files?: FileAccess;
  readonly limits?: HclLimits;
}

export interface ParsedJob {
  readonly job: Input<JobSpec>;
  /** as a job submission names it */
  readonly format: 'hcl2' | 'hcl1' | 'json';
  readonly warnings: readonly string[];
}

/** What came of an attempt: `limitReached` says that larger limits could have another outcome. */
export interface ParseAttempt {
  readonly parsed: ParsedJob | undefined;
  readonly diagnostics: Diagnostics;
}

/** Throws an AppError with every mistake: file, line, column, the source line and what to do. */
export function parseJob(input: ParseJobInput, dependencies: ParseJobDependencies): ParsedJob {
  const { parsed, diagnostics } = attemptParse(input, dependencies);
  diagnostics.throwIfErrors();
  if (!parsed) throw diagnostics.toError();
  return parsed;
}

/** Never throws for what is in the text, except for the API's JSON, whose errors have no place in a file. */
export function attemptParse(input: ParseJobInput, dependencies: ParseJobDependencies): ParseAttempt {
  const diagnostics = new Diagnostics();
  const limits = dependencies.limits ?? defaultLimits;
  const json = readApiJson(input.source, limits);
  if (json !== undefined) {
    return { parsed: { job: decodeApiJob(json), format: 'json', warnings: [] }, diagnostics };
  }
  const dialect = input.hcl1 ? 'hcl1' : 'hcl2';
  const file = parseHcl({ name: input.filename, text: input.source }, { diagnostics, limits, dialect });
  // What follows would only repeat the mistake in other words.
  if (diagnostics.hasErrors()) return { parsed: undefined, diagnostics: withHint(diagnostics, input) };
  const job = readJob(file, { input, dependencies, diagnostics });
  if (!job || diagnostics.hasErrors()) return { parsed: undefined, diagnostics };
  const warnings = diagnostics.warnings.map(formatHeadline);
  return { parsed: { job, format: dialect, warnings }, diagnostics };
}

/** The parsed text when it is a job in the API's JSON. */
function readApiJson(source: string | Uint8Array, limits: HclLimits): unknown {
  const text = typeof source === 'string' ? source : Buffer.from(source).toString('utf8');
  if (text.length > limits.sourceBytes || !looksLikeJson(text.replace(/^\u{feff}/u, ''))) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/^\u{feff}/u, ''));
    return isApiJson(value) ? value : undefined;
  } catch {
    // The HCL parser reports what is wrong with the JSON, with its place.
    return undefined;
  }
}

/** Mistakes that are none in the older grammar. */
const oldGrammar = new Set(['Invalid argument name', 'Unexpected comma after argument']);

function withHint(diagnostics: Diagnostics, input: ParseJobInput): Diagnostics {
  const first = diagnostics.errors.find((each) => oldGrammar.has(each.summary));
  if (!first || input.hcl1) return diagnostics;
  diagnostics.error(
    'Failed to parse using HCL 2',
    'The file seems to be written for HCL 1. Correct the places above (a map with quoted keys is written with "=", as in env = { "KEY" = "value" }), or use the older grammar with -hcl1.',
  );
  return diagnostics;
}

interface ReadContext {
  readonly input: ParseJobInput;
  readonly dependencies: ParseJobDependencies;
  readonly diagnostics: Diagnostics;
}

const topSchema = schemaOf([], { job: ['id'], variable: ['name'], variables: [], locals: [] });

function readJob(file: HclFile, context: ReadContext): Input<JobSpec> | undefined {
  const { diagnostics } = context;
  const root = new Body(file.body, rootScope(context), { dynamicBlocks: true });
  const content = root.content(topSchema);
  const scope = inputScope(content.blocks, sourcesOf(context.input), root.scope);
  const block = onlyJob(content.blocksOf('job'), root, diagnostics);
  // A value that is missing or wrong would be reported again wherever it is used.
  if (!block || diagnostics.hasErrors()) return undefined;
  const bound: Block = { ...block, body: block.body.withScope(scope) };
  return (new Decoder().block(bound, jobSpec) ?? undefined) as Input<JobSpec> | undefined;
}

function rootScope(context: ReadContext): Scope {
  const { random, files, limits } = context.dependencies;
  return Scope.root({
    diagnostics: context.diagnostics,
    functions: standardFunctions(files ? { random, files } : { random }),
    // ${node.class}, ${NOMAD_PORT_http} and the like are for the client.
    unknown: 'text',
    ...(limits ? { limits } : {}),
  });
}

function sourcesOf(input: ParseJobInput): VariableSources {
  return {
    environment: input.env ?? {},
    files: input.varFiles ?? [],
    flags: input.variables ?? [],
    strict: input.strict ?? true,
  };
}

function onlyJob(blocks: readonly Block[], root: Body, diagnostics: Diagnostics): Block | undefined {
  const [first, second] = blocks;
  if (!first) {
    diagnostics.error('Missing job block', 'A job file needs a block job "name" { … }.', root.endRange);
  }
  if (first && second) {
    diagnostics.error(
      'Duplicate job block',
      `A job file describes one job only. Another job was defined at ${first.headRange}.`,
      second.headRange,
    );
  }
  return first;
}
