// SPDX-License-Identifier: MPL-2.0
// Finds the program that a `command` means.

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { AppError } from '#base';

/** Where programs are looked for when the task's environment has no PATH; that of a root shell on Linux. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Absolute path of the program: as given when absolute; else in the task's `local` directory, in the task's
 * directory, and, for a bare name, in the PATH of the task's environment, in this order.
 * @throws AppError `invalid` when there is none: says where it was looked for.
 */
export async function findCommand(
  command: string,
  where: { taskDir: string; localDir: string; env: Readonly<Record<string, string>> },
): Promise<string> {
  if (command.includes('\0')) throw new AppError('invalid', 'command must not contain a NUL byte');
  if (isAbsolute(command)) return await check(command);
  const path = (where.env['PATH'] ?? '') === '' ? defaultPath : (where.env['PATH'] ?? '');
  const directories = [where.localDir, where.taskDir];
  // relative entries of PATH would depend on the agent's own directory
  if (!command.includes('/')) directories.push(...path.split(':').filter(isAbsolute));
  let refused: string | undefined;
  for (const directory of directories) {
    const candidate = join(directory, command);
    const found = await examine(candidate);
    if (found === 'executable') return candidate;
    if (found === 'not executable') refused ??= candidate;
  }
  if (refused !== undefined) throw notExecutable(refused);
  const tried = command.includes('/') ? "the task's directory" : `the task's directory and PATH (${path})`;
  throw new AppError('invalid', `command ${JSON.stringify(command)} was not found in ${tried}`);
}

async function check(path: string): Promise<string> {
  switch (await examine(path)) {
    case 'executable':
      return path;
    case 'not executable':
      throw notExecutable(path);
    case 'missing':
      throw new AppError('invalid', `command ${JSON.stringify(path)} was not found`);
  }
}

/** As far as the agent can tell; the task's user may have less rights, which the start itself finds out. */
async function examine(path: string): Promise<'executable' | 'not executable' | 'missing'> {
  try {
    if (!(await stat(path)).isFile()) return 'missing';
  } catch {
    return 'missing';
  }
  try {
    await access(path, constants.X_OK);
    return 'executable';
  } catch {
    return 'not executable';
  }
}

function notExecutable(path: string): AppError {
  return new AppError(
    'invalid',
    `command ${JSON.stringify(path)} is not executable: make it so with chmod +x`,
  );
}
