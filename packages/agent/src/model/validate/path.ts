// SPDX-License-Identifier: MPL-2.0
// Paths that a job names: they must stay below the allocation's directory.

/**
 * True when the path leaves the allocation directory. Relative paths start in the task's directory, which is one level
 * below it; an absolute path is taken relative to the task's directory too. Text that is only known at run time
 * counts as one ordinary name here; the client checks the real path again.
 */
export function escapesAllocDir(path: string): boolean {
  let depth = 1;
  for (const part of path.replace(/\$\{[^}]*\}/g, 'x').split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

export function hasNull(text: string): boolean {
  return text.includes('\0');
}

/** Contains text that only the client can fill in. */
export function isInterpolated(text: string): boolean {
  return text.includes('${');
}
