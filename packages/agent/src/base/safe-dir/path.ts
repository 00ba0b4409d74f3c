// SPDX-License-Identifier: MPL-2.0
// Relative paths as users, jobs and peers give them, before they touch a file system.

import { AppError } from '../errors.ts';

/** Longest path taken, in bytes; PATH_MAX of Linux less room for our own prefix. */
export const maxSafePathBytes = 4000;
/** Deepest path taken, in names: each level is an open file while the path is walked. */
export const maxSafeDepth = 128;
/** Longest single name, in bytes (NAME_MAX). */
const maxNameBytes = 255;

/**
 * Splits a relative path into its names. `''`, `.` and `/` are the root itself; a leading `/` means the root, as in
 * Nomad's file API; `a//b/./c` is `a/b/c`.
 * @throws AppError `invalid` for `..`, NUL and over-long names: nothing is "cleaned" into another meaning.
 */
export function splitSafePath(path: string): string[] {
  if (path.includes('\0')) throw new AppError('invalid', 'path must not contain a NUL byte');
  if (Buffer.byteLength(path) > maxSafePathBytes)
    throw new AppError('invalid', `path is longer than ${maxSafePathBytes} bytes`);
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.length > maxSafeDepth)
    throw new AppError('invalid', `path is nested deeper than ${maxSafeDepth} directories`);
  for (const name of names) {
    if (name === '..') throw new AppError('invalid', `path ${JSON.stringify(path)} must not contain ".."`);
    if (Buffer.byteLength(name) > maxNameBytes)
      throw new AppError('invalid', `path contains a name longer than ${maxNameBytes} bytes`);
  }
  return names;
}
