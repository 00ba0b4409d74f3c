// SPDX-License-Identifier: MPL-2.0
// What a supervisor is told, and how: eight digits with the length, then fields that end with NUL, each with a letter
// in front that says what it is (native/supervisor.c, takeField). It goes through a pipe: arguments and environment
// are never on a command line or in a file.

import { AppError } from '#base';
import type { Identity } from './identity.ts';

export interface LogFiles {
  /** directory that tasks can't replace; below it no link is followed */
  readonly root: string;
  /** the log directory, relative to `root` */
  readonly path: string;
  /** files are `<name>.stdout.<n>` and `<name>.stderr.<n>` */
  readonly name: string;
  /** for each of the two streams; the oldest goes when one more is needed */
  readonly maxFiles: number;
  readonly maxFileBytes: number;
}

export interface LaunchSpec {
  /** private to agent and supervisor; exists; nothing else in it */
  readonly stateDir: string;
  /** shown by ps behind the supervisor's name; nothing secret */
  readonly label: string;
  /** absolute path of the program */
  readonly command: string;
  /** all arguments, the first one is the program's name */
  readonly args: readonly string[];
  /** complete */
  readonly env: Readonly<Record<string, string>>;
  /** absolute */
  readonly workDir: string;
  /** undefined: the agent's own */
  readonly identity?: Pick<Identity, 'uid' | 'gid' | 'groups'> | undefined;
  /** undefined: output is discarded */
  readonly logs?: LogFiles | undefined;
  /** name of a cgroup made for this task alone; undefined: none */
  readonly cgroup?: string | undefined;
}

/** Longest specification, in bytes (maxSpecBytes in supervisor.c): arguments and environment, nearly all of it. */
export const maxSpecBytes = 4 * 1024 * 1024;
/** Longest `LogFiles.name`, in bytes: with kind and index it must stay a file name. */
export const maxLogNameBytes = 200;
/** Name of a cgroup: one plain directory name. */
const cgroupName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/;

/** @throws AppError `invalid` for what can't be said to a process: NUL bytes, relative paths, too much of it. */
export function encodeSpec(
  spec: LaunchSpec,
  resolved: { bootId: string; cgroupPath?: string | undefined },
): Buffer {
  const fields: string[] = [];
  const add = (letter: string, value: string, what: string): void => {
    if (value.includes('\0')) throw new AppError('invalid', `${what} must not contain a NUL byte`);
    fields.push(`${letter}${value}\0`);
  };
  const addPath = (letter: string, value: string, what: string): void => {
    if (!value.startsWith('/'))
      throw new AppError('invalid', `${what} ${JSON.stringify(value)} must be an absolute path`);
    add(letter, value, what);
  };
  addPath('S', spec.stateDir, 'state directory');
  addPath('c', spec.command, 'command');
  addPath('d', spec.workDir, 'working directory');
  add('b', resolved.bootId, 'boot id');
  if (resolved.cgroupPath !== undefined) addPath('C', resolved.cgroupPath, 'cgroup');
  if (spec.identity) {
    add('u', String(spec.identity.uid), 'user id');
    add('g', String(spec.identity.gid), 'group id');
    for (const group of spec.identity.groups) add('G', String(group), 'group id');
  }
  if (spec.logs) {
    checkLogs(spec.logs);
    addPath('L', spec.logs.root, 'log root');
    add('l', spec.logs.path, 'log directory');
    add('N', spec.logs.name, 'log name');
    add('m', String(spec.logs.maxFileBytes), 'log size');
    add('n', String(spec.logs.maxFiles), 'log count');
  }
  if (spec.args.length === 0)
    throw new AppError('invalid', 'args must hold the name of the program at least');
  for (const argument of spec.args) add('a', argument, 'argument');
  for (const [name, value] of Object.entries(spec.env)) {
    if (name === '' || name.includes('='))
      throw new AppError('invalid', `${JSON.stringify(name)} can't be the name of an environment variable`);
    add('e', `${name}=${value}`, `environment variable ${JSON.stringify(name)}`);
  }
  const body = Buffer.from(fields.join(''));
  if (body.length > maxSpecBytes)
    throw new AppError('invalid', `arguments and environment take more than ${maxSpecBytes} bytes`);
  return Buffer.concat([Buffer.from(String(body.length).padStart(8, '0')), body]);
}

export function checkCgroupName(name: string): void {
  if (!cgroupName.test(name))
    throw new AppError('invalid', `${JSON.stringify(name)} can't be the name of a cgroup`);
}

function checkLogs(logs: LogFiles): void {
  const bytes = Buffer.byteLength(logs.name);
  if (logs.name === '' || logs.name.includes('/') || bytes > maxLogNameBytes)
    throw new AppError('invalid', `${JSON.stringify(logs.name)} can't be part of a log file's name`);
  for (const name of logs.path.split('/'))
    if (name === '' || name === '.' || name === '..')
      throw new AppError(
        'invalid',
        `log directory ${JSON.stringify(logs.path)} must be a plain relative path`,
      );
  if (!Number.isSafeInteger(logs.maxFiles) || logs.maxFiles < 1)
    throw new AppError('invalid', 'the number of log files must be at least 1');
  if (!Number.isSafeInteger(logs.maxFileBytes) || logs.maxFileBytes < 1)
    throw new AppError('invalid', 'the size of log files must be at least 1 byte');
}
