// SPDX-License-Identifier: MPL-2.0
// Which files a -config option means, and their text.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '#base';

/** The file system as the loader sees it; tests give another one. */
export interface ConfigFiles {
  kind(path: string): 'file' | 'directory' | 'none';
  /** Names in a directory. */
  list(path: string): readonly string[];
  read(path: string): Uint8Array;
}

/** Bytes of one configuration file. */
const maxFileBytes = 1024 * 1024;

/** Files of one directory. */
const maxFiles = 1000;

export const diskFiles: ConfigFiles = {
  kind(path) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return 'none';
    return stat.isDirectory() ? 'directory' : 'file';
  },
  list: (path) => readdirSync(path),
  read(path) {
    const stat = statSync(path);
    if (stat.size > maxFileBytes) {
      throw new AppError(
        'invalid',
        `${path} has ${stat.size} bytes; a configuration file may have ${maxFileBytes}`,
      );
    }
    return readFileSync(path);
  },
};

/** The file itself, or the .hcl and .json files of a directory in lexical order. */
export function configFilesOf(path: string, files: ConfigFiles): string[] {
  const kind = guarded(path, () => files.kind(path));
  if (kind === 'none') {
    throw new AppError('invalid', `configuration path ${JSON.stringify(path)} does not exist`);
  }
  if (kind === 'file') return [path];
  const names = guarded(path, () => files.list(path))
    .filter(isConfigName)
    .sort();
  if (names.length > maxFiles) {
    throw new AppError(
      'invalid',
      `${path} holds ${names.length} configuration files; ${maxFiles} are allowed`,
    );
  }
  return names.map((name) => join(path, name)).filter((each) => files.kind(each) === 'file');
}

export function readConfigFile(path: string, files: ConfigFiles): Uint8Array {
  return guarded(path, () => files.read(path));
}

/** Files that editors leave behind don't count. */
function isConfigName(name: string): boolean {
  const temporary =
    name.endsWith('~') || name.startsWith('.#') || (name.startsWith('#') && name.endsWith('#'));
  return !temporary && (name.endsWith('.hcl') || name.endsWith('.json'));
}

function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid', `can't read configuration ${JSON.stringify(path)}: ${reason}`, {
      cause: error,
    });
  }
}
