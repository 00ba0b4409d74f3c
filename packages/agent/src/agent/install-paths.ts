// SPDX-License-Identifier: MPL-2.0
// Where files lie that the program needs besides its code: the same for the bundle (dist/) and for the sources.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Built web UI; undefined when it was not built. */
export function uiDirectory(): string | undefined {
  return firstOf(['../ui/', './ui/', '../../../../dist/ui/']);
}

/** Native helpers; undefined: beside the supervisor's sources. */
export function nativeDirectory(): string | undefined {
  return firstOf(['../native/', './native/']);
}

function firstOf(candidates: readonly string[]): string | undefined {
  return candidates
    .map((candidate) => fileURLToPath(new URL(candidate, import.meta.url)))
    .find((path) => existsSync(path));
}
