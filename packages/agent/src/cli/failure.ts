// SPDX-License-Identifier: MPL-2.0
// Errors in words: what happened, and on a line of its own what to do about it.

import { ApiError } from '@serai/api';
import { AppError } from '#base';

/** What was attempted, with the reason as `cause`: "Error submitting job: …". */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(attempt: string, cause: unknown) {
    super(attempt, { cause });
  }
}

/** Names what was attempted when it fails. Giving up is no failure. */
export async function attempting<T>(attempt: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isCanceled(error) ? error : new CommandFailure(attempt, error);
  }
}

/** The user interrupted what was going on. */
export function isCanceled(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'canceled';
  return error instanceof Error && error.name === 'AbortError';
}

export interface Failure {
  readonly message: string;
  /** '' when there is nothing to advise */
  readonly hint: string;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CommandFailure) {
    const { message, hint } = describeFailure(error.cause);
    return { message: `${error.message}: ${message}`, hint };
  }
  if (error instanceof ApiError) return { message: apiErrorText(error), hint: apiHint(error) };
  if (error instanceof Error) return { message: error.message, hint: unreachableHint(error) };
  return { message: String(error), hint: '' };
}

/**
 * Nomad's phrase. A list of errors ("2 errors occurred:" and a line for each) is printed as one below it, instead of
 * inside its parentheses.
 */
export function apiErrorText({ status, text }: ApiError): string {
  const [first = '', ...rest] = text.trim().split('\n');
  const head = `Unexpected response code: ${status} (${first.replace(/:$/, '').trim()})`;
  const lines = rest.map((line) => line.replaceAll('\t', '  ').trimEnd()).filter((line) => line !== '');
  const indented = lines.map((line) => (line.startsWith(' ') ? line : `  ${line}`));
  return [head, ...indented].join('\n');
}

function apiHint({ status, text }: ApiError): string {
  if (status === 401 || status === 403) return 'Give a token that may do this with -token or NOMAD_TOKEN.';
  if (status === 413) return 'The agent takes no request of this size.';
  if (status === 429) return 'The agent is busy or the limit of requests is reached: try again in a moment.';
  if (/No cluster leader/i.test(text))
    return 'The servers have no leader now: try again in a moment, or look at "serai server members".';
  return '';
}

function unreachableHint(error: Error): string {
  const code = error instanceof AppError ? error.context['code'] : undefined;
  if (code !== 'ECONNREFUSED' && code !== 'ENOENT') return '';
  return 'Is an agent running there? "serai agent -dev" starts one; -address or NOMAD_ADDR names another.';
}
