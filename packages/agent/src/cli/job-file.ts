// SPDX-License-Identifier: MPL-2.0
// A job file as run, plan and validate read it: path or standard input, HCL or JSON, with its variables.

import { dirname, resolve } from 'node:path';
import type { Input, JobSpec, JobSubmission } from '@serai/api';
import { systemRandom } from '#base';
import { localFiles, type ParsedJob, parseJob } from '#jobspec';
import { type CommandContext, UsageError } from './command.ts';
import type { Flags } from './flags.ts';

/** Largest job file that is read, in bytes; the API refuses larger ones too. */
const maxFileBytes = 4 * 1024 * 1024;

export interface JobFile {
  readonly job: Input<JobSpec>;
  readonly warnings: readonly string[];
  /** sent along, so that the source can be shown later */
  readonly submission: Input<JobSubmission>;
}

export async function readJobFile(context: CommandContext, flags: Flags, path: string): Promise<JobFile> {
  const source = await read(context, path, 'job file');
  if (source.trim() === '') throw new UsageError(`the job file ${JSON.stringify(path)} is empty`);
  const varFiles = await Promise.all(
    flags.list('var-file').map(async (name) => ({ name, text: await read(context, name, 'variable file') })),
  );
  const directory = path === '-' ? context.cwd : dirname(resolve(context.cwd, path));
  const parsed: ParsedJob = parseJob(
    {
      source,
      filename: path === '-' ? 'stdin' : path,
      variables: flags.list('var'),
      varFiles,
      env: context.env,
      strict: flags.bool('hcl2-strict'),
      hcl1: flags.bool('hcl1'),
    },
    { random: systemRandom, files: localFiles(directory) },
  );
  return {
    job: parsed.job,
    warnings: parsed.warnings,
    submission: {
      Source: source,
      Format: parsed.format,
      VariableFlags: variableFlags(flags),
      Variables: varFiles.map(({ text }) => text).join('\n'),
    },
  };
}

async function read(context: CommandContext, path: string, what: string): Promise<string> {
  try {
    return await context.readInput(path === '-' ? path : resolve(context.cwd, path), maxFileBytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read the ${what} ${JSON.stringify(path)}: ${reason}`, { cause: error });
  }
}

function variableFlags(flags: Flags): Record<string, string> {
  const values: Record<string, string> = {};
  for (const flag of flags.list('var')) {
    const at = flag.indexOf('=');
    if (at > 0) values[flag.slice(0, at)] = flag.slice(at + 1);
  }
  return values;
}
