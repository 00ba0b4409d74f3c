// SPDX-License-Identifier: MPL-2.0
// Parsing for a process that must stay responsive: at once when it is certain to be quick, else in a worker thread.

import { type Clock, type Random, systemRandom } from '#base';
import { inlineLimits, runInWorker } from '#hcl';
import { attemptParse, type ParsedJob, type ParseJobInput } from './parse.ts';

export interface ParseJobAsyncDependencies {
  readonly random: Random;
  readonly clock: Clock;
}

/** File functions are off: the text comes from somebody else. Holds the event loop for less than 50 ms. */
export async function parseJobAsync(
  input: ParseJobInput,
  dependencies: ParseJobAsyncDependencies,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ParsedJob> {
  const { parsed, diagnostics } = attemptParse(input, { random: dependencies.random, limits: inlineLimits });
  if (parsed) return parsed;
  if (!diagnostics.limitReached) throw diagnostics.toError();
  const task = { entry: workerEntry(import.meta.url), input };
  const result = await runInWorker(task, { clock: dependencies.clock, ...options });
  return result as ParsedJob;
}

/** Beside this file, or in the top folder of the bundle. */
function workerEntry(here: string): URL {
  if (here.endsWith('.ts')) return new URL('./parse-worker.ts', here);
  return new URL(here.includes('/chunks/') ? '../parse-worker.mjs' : './parse-worker.mjs', here);
}

/** What the worker thread does; here so that tests reach it without a thread. */
export function parseInWorker(input: unknown): ParsedJob {
  const { parsed, diagnostics } = attemptParse(input as ParseJobInput, { random: systemRandom });
  if (!parsed) throw diagnostics.toError();
  return parsed;
}
