// SPDX-License-Identifier: MPL-2.0
// What a command is. One file per command under commands/, listed in commands/table.ts.

import type { FlagSpecs, Flags } from './flags.ts';
import type { Ui } from './output/ui.ts';

/** What a command may use of the process it runs in. Tests pass their own. */
export interface CommandContext {
  readonly ui: Ui;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts on SIGINT or SIGTERM, for commands that follow something. */
  readonly signal: AbortSignal;
  /** Text of a file, or of standard input for `-`. */
  readonly readInput: (path: string) => Promise<string>;
  /** nothing is piped in */
  readonly stdinIsTerminal: boolean;
}

export interface Command {
  /** First line of the help text, after "Usage: serai". */
  readonly usage: string;
  /** What it does, in full sentences; wrapped as written. */
  readonly help: string;
  readonly flags: FlagSpecs;
  /** Adds -address, -region, -namespace, -token and the TLS flags. */
  readonly usesApi: boolean;
  /** Flags may follow arguments. */
  readonly flagsAnywhere?: boolean;
  /** Returns the exit code. */
  run(context: CommandContext, flags: Flags, args: readonly string[]): Promise<number>;
}

/** The user called the command wrongly: message plus a hint at its help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
