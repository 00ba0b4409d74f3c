// SPDX-License-Identifier: MPL-2.0
// What commands do with the evaluation that they caused: follow it, or name it and return.

import type { CommandContext } from '../command.ts';
import type { Api } from '../connection/api.ts';
import type { Flags } from '../flags.ts';
import { EvaluationMonitor } from './evaluation-monitor.ts';

export interface FollowOptions {
  /** with -verbose and -detach */
  readonly flags: Flags;
  /** '' when nothing had to be evaluated */
  readonly evalId: string;
  /** printed by -detach, or when there is no evaluation; undefined: only the id */
  readonly done?: string;
}

/** Resolves with the exit code. */
export async function followUnlessDetached(
  api: Api,
  context: CommandContext,
  options: FollowOptions,
): Promise<number> {
  const { flags, evalId, done } = options;
  if (evalId !== '' && !flags.bool('detach'))
    return new EvaluationMonitor(api, context, { verbose: flags.bool('verbose') }).follow(evalId);
  if (done !== undefined) context.ui.output(done);
  if (evalId !== '') context.ui.output(done === undefined ? evalId : `Evaluation ID: ${evalId}`);
  return 0;
}
