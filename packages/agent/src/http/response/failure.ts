// SPDX-License-Identifier: MPL-2.0
// An error → status and text. Nomad answers plain text; some texts fix the status wherever they come from.

import { DecodeError } from '@serai/api';
import { AppError } from '#base';

export interface Failure {
  readonly status: number;
  readonly text: string;
  /** undefined: the caller's fault, or one that is expected to happen. Otherwise worth a log line. */
  readonly bug: unknown;
}

/** A text that ends so is cut to this end, whatever a hop has put before it. */
const knownEndings: readonly (readonly [text: string, status: number])[] = [
  ['Permission denied', 403],
  ['ACL token not found', 403],
  ['Job registration, dispatch, and scale are disabled by the scheduler configuration', 403],
  ['Filter expression cannot be used with other filter parameters', 400],
];

export function describeFailure(error: unknown): Failure {
  if (error instanceof DecodeError) return { status: 400, text: error.message, bug: undefined };
  if (!(error instanceof AppError)) {
    // Its message may tell of the inside of the program.
    return { status: 500, text: 'internal error: the log of the agent has the details', bug: error };
  }
  const { message, status } = error;
  for (const [ending, fixed] of knownEndings)
    if (message.endsWith(ending)) return { status: fixed, text: ending, bug: undefined };
  return { status: isErrorStatus(status) ? status : 500, text: message, bug: undefined };
}

function isErrorStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599;
}
