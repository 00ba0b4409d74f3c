// SPDX-License-Identifier: MPL-2.0
// From the command line to an exit code: find the command, parse its flags, run it, tell errors in words.

import { systemClock } from '#base';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { type CommandEntry, commandTable, resolveCommand } from './commands/table.ts';
import { apiFlags } from './connection/settings.ts';
import { FlagError, type FlagSpecs, parseFlags } from './flags.ts';
import { commandHelp, groupHelp, mainHelp } from './help.ts';
import { ask, readBytes, readInput, stdinIsPiped } from './input.ts';
import { TerminalUi, type Ui } from './output/ui.ts';

/** Exit codes that all commands share. */
export const exitCode = { ok: 0, error: 1, unknownCommand: 127 } as const;

const helpFlags = new Set(['-h', '-help', '--help']);

export async function runCli(argv: readonly string[]): Promise<number> {
  const ui = new TerminalUi({ out: process.stdout, err: process.stderr }, colorChoice(argv));
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
    clock: systemClock,
    signal: abort.signal,
    readInput,
    readBytes,
    stdinIsPiped: stdinIsPiped(),
    ask: process.stdin.isTTY === true && process.stderr.isTTY === true ? ask : undefined,
  });
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
  return code;
}

function colorChoice(argv: readonly string[]): { noColor: boolean; forceColor: boolean } {
  const given = (flag: RegExp): boolean => argv.some((arg) => flag.test(arg));
  return {
    noColor:
      given(/^--?no-color(=true)?$/) ||
      isSet(process.env['NOMAD_CLI_NO_COLOR']) ||
      isSet(process.env['NO_COLOR']),
    forceColor: given(/^--?force-color(=true)?$/) || isSet(process.env['NOMAD_CLI_FORCE_COLOR']),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Pure but for what the command does: tests call it with their own context. */
export async function dispatch(argv: readonly string[], context: CommandContext): Promise<number> {
  const { ui } = context;
  const [first] = argv;
  if (first === undefined) {
    ui.output(mainHelp(commandTable));
    return exitCode.unknownCommand;
  }
  if (first === 'help' || helpFlags.has(first)) return help(argv.slice(1), context);
  const found = resolveCommand(argv);
  switch (found.kind) {
    case 'command':
      return runCommand(found.entry, found.rest, context);
    case 'group': {
      const text = groupHelp(found.name, commandTable);
      if (found.unknown === undefined || helpFlags.has(found.unknown)) {
        ui.output(text);
        return found.unknown === undefined ? exitCode.error : exitCode.ok;
      }
      ui.error(`unknown command "${found.name} ${found.unknown}"${found.suggestion}`);
      ui.error(text);
      return exitCode.unknownCommand;
    }
    case 'none':
      ui.error(`unknown command "${first}"${found.suggestion}`);
      ui.error(mainHelp(commandTable));
      return exitCode.unknownCommand;
  }
}

/** `help`, `help job`, `help job run` */
async function help(words: readonly string[], context: CommandContext): Promise<number> {
  if (words.length > 0) return dispatch([...words, '-help'], context);
  context.ui.output(mainHelp(commandTable));
  return exitCode.ok;
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
    return await reportError(error, { entry, command, argv, ui: context.ui });
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

async function reportError(
  error: unknown,
  at: { entry: CommandEntry; command: Command; argv: readonly string[]; ui: Ui },
): Promise<number> {
  const { ui } = at;
  const { describeFailure, isCanceled } = await import('./failure.ts');
  // Whoever interrupts a command knows why it ended.
  if (isCanceled(error)) return exitCode.error;
  const { message, hint } = describeFailure(error);
  ui.error(message);
  if (error instanceof UsageError) {
    const late = lateFlag(at.command, at.argv);
    if (late !== '') ui.error(late);
  }
  if (error instanceof FlagError || error instanceof UsageError)
    ui.error(`For additional help try 'serai ${at.entry.name} -help'`);
  if (hint !== '') ui.error(hint);
  return exitCode.error;
}

/** A flag after the arguments is taken for one of them. */
function lateFlag(command: Command, argv: readonly string[]): string {
  if (command.flagsAnywhere) return '';
  const first = argv.findIndex((arg, i) => !arg.startsWith('-') && !argv[i - 1]?.startsWith('-'));
  const late = first < 0 ? undefined : argv.slice(first).find((arg) => /^--?[a-zA-Z]/.test(arg));
  return late === undefined
    ? ''
    : `Flags come before arguments: ${late} stands after ${JSON.stringify(argv[first])}.`;
}
