// SPDX-License-Identifier: MPL-2.0
// File functions of a job file that is parsed on the user's own machine: they read what the user may read.

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { AppError } from '#base';
import type { FileAccess } from '#hcl';

/** Relative paths start at `directory`, which is where the command runs. */
export function localFiles(directory: string): FileAccess {
  const absolute = (path: string): string => resolve(directory, expandHome(path));
  return {
    absolute,
    expandHome,
    exists: (path) => existsSync(absolute(path)) && statSync(absolute(path)).isFile(),
    read: (path, maxBytes) => readLimited(absolute(path), maxBytes),
    glob: (from, pattern, maxFiles) => globFiles(absolute(from), pattern, maxFiles),
  };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function readLimited(path: string, maxBytes: number): Uint8Array {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new AppError('not-found', `no file exists at ${path}`);
  if (!stat.isFile()) throw new AppError('invalid', `${path} is not a regular file`);
  if (stat.size > maxBytes)
    throw new AppError('limit', `${path} has ${stat.size} bytes; ${maxBytes} are allowed`);
  return readFileSync(path);
}

function globFiles(from: string, pattern: string, maxFiles: number): readonly string[] {
  const found: string[] = [];
  for (const entry of globSync(pattern, { cwd: from, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    if (found.length >= maxFiles)
      throw new AppError('limit', `the pattern matches more than ${maxFiles} files`);
    found.push(relative(from, join(entry.parentPath, entry.name)));
  }
  return found.sort();
}
