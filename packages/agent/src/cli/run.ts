// SPDX-License-Identifier: MPL-2.0
// From the command line to an exit code: find the command, parse its flags, run it, tell errors in words.

import { readFile } from 'node:fs/promises';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { type CommandEntry, commandTable, resolveCommand } from './commands/table.ts';
import { FlagError, type FlagSpecs, parseFlags } from './flags.ts';
import { apiFlags } from './connection/settings.ts';
import { commandHelp, groupHelp, mainHelp } from './help.ts';
import { TerminalUi, type Ui } from './output/ui.ts';

/** Exit codes that all commands share. */
export const exitCode = { ok: 0, error: 1, unknownCommand: 127 } as const;

const helpFlags = new Set(['-h', '-help', '--help']);

export async function runCli(argv: readonly string[]): Promise<number> {
  const ui = new TerminalUi(
    { out: process.stdout, err: process.stderr },
    {
      noColor:
        argv.some((arg) => /^--?no-color(=true)?$/.test(arg)) || isSet(process.env['NOMAD_CLI_NO_COLOR']),
      forceColor:
        argv.some((arg) => /^--?force-color(=true)?$/.test(arg)) ||
        isSet(process.env['NOMAD_CLI_FORCE_COLOR']),
    },
  );
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  // A reader that closed its end (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  const code = await dispatch(argv, {
    ui,
    env: process.env,
    cwd: process.cwd(),
    signal: abort.signal,
    readInput,
    stdinIsTerminal: process.stdin.isTTY === true,
  });
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
  return code;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

async function readInput(path: string): Promise<string> {
  if (path !== '-') return readFile(path, 'utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

/** Pure but for what the command does: tests call it with their own context. */
export async function dispatch(argv: readonly string[], context: CommandContext): Promise<number> {
  const found = resolveCommand(argv);
  switch (found.kind) {
    case 'command':
      return runCommand(found.entry, found.rest, context);
    case 'group': {
      const text = groupHelp(found.name, commandTable);
      if (found.unknown === undefined || helpFlags.has(found.unknown)) {
        context.ui.output(text);
        return found.unknown === undefined ? exitCode.error : exitCode.ok;
      }
      context.ui.error(`unknown command "${found.name} ${found.unknown}"`);
      context.ui.error(text);
      return exitCode.unknownCommand;
    }
    case 'none': {
      const asked = argv[0] === undefined || helpFlags.has(argv[0]) || argv[0] === 'help';
      if (!asked) context.ui.error(`unknown command "${argv[0]}"${found.suggestion}`);
      (asked ? context.ui.output : context.ui.error).call(context.ui, mainHelp(commandTable));
      return asked
        ? argv[0] === undefined
          ? exitCode.unknownCommand
          : exitCode.ok
        : exitCode.unknownCommand;
    }
  }
}

async function runCommand(
  entry: CommandEntry,
  argv: readonly string[],
  context: CommandContext,
): Promise<number> {
  const command = await entry.load();
  const specs: FlagSpecs = command.usesApi ? { ...apiFlags, ...command.flags } : command.flags;
  if (wantsHelp(argv)) {
    context.ui.output(commandHelp(command));
    return exitCode.ok;
  }
  if (entry.deprecated !== undefined) context.ui.warn(entry.deprecated);
  try {
    const { flags, args } = parseFlags(specs, argv, { anywhere: command.flagsAnywhere ?? false });
    return await command.run(context, flags, args);
  } catch (error) {
    return reportError(error, { entry, command, ui: context.ui });
  }
}

/** `-h` before the first argument or `--`. */
function wantsHelp(argv: readonly string[]): boolean {
  for (const arg of argv) {
    if (helpFlags.has(arg)) return true;
    if (!arg.startsWith('-') || arg === '--') return false;
  }
  return false;
}

function reportError(error: unknown, at: { entry: CommandEntry; command: Command; ui: Ui }): number {
  if (error instanceof FlagError || error instanceof UsageError) {
    at.ui.error(error.message);
    at.ui.error(`For additional help try 'serai ${at.entry.name} -help'`);
    return exitCode.error;
  }
  at.ui.error(error instanceof Error ? error.message : String(error));
  return exitCode.error;
}
