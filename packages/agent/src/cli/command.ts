// SPDX-License-Identifier: MPL-2.0
// What a command is. One file per command under commands/, listed in commands/table.ts.

import type { ApiTransport } from '@serai/api';
import type { Clock } from '#base';
import type { FlagSpecs, Flags } from './flags.ts';
import type { Ui } from './output/ui.ts';

/** What a command may use of the process it runs in. Tests pass their own. */
export interface CommandContext {
  readonly ui: Ui;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Aborts on SIGINT or SIGTERM, for commands that follow something. */
  readonly signal: AbortSignal;
  /** Text of a file, or of standard input for `-`; an error that says why when it is longer or no UTF-8. */
  readonly readInput: (path: string, maxBytes?: number) => Promise<string>;
  /** The same for what need not be text. */
  readonly readBytes: (path: string, maxBytes?: number) => Promise<Uint8Array>;
  /** Standard input is a pipe or a file, not a terminal or nothing at all. */
  readonly stdinIsPiped: boolean;
  /** Asks a question on the terminal; undefined when nobody is there to answer. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Instead of a connection to the address that flags and environment name. */
  readonly transport?: ApiTransport;
}

export interface Command {
  /** First line of the help text, after "Usage: serai". */
  readonly usage: string;
  /** What it does, in full sentences; paragraphs are parted by an empty line. */
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
