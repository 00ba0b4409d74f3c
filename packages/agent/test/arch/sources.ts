// SPDX-License-Identifier: MPL-2.0
// Reads the tree once for the architecture tests.

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));
export const sourceRoot = join(root, 'packages/agent/src');

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

export interface Source {
  /** relative to packages/agent/src */
  readonly path: string;
  readonly module: string;
  readonly isTest: boolean;
  readonly text: string;
  /** without comments */
  readonly code: string;
  readonly imports: readonly Import[];
}

const importPattern =
  /\b(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;

export function parseImports(code: string): Import[] {
  const out: Import[] = [];
  for (const match of code.matchAll(importPattern)) {
    const specifier = match[2] ?? match[3];
    if (specifier === undefined) continue;
    out.push({ specifier, typeOnly: match[1] !== undefined, dynamic: match[3] !== undefined });
  }
  return out;
}

/** Blanks out comments, keeping line numbers. Strings that hold `//` survive. */
export function stripComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (match, literal: string | undefined) => literal ?? match.replace(/[^\n]/g, ' '),
  );
}

let cached: readonly Source[] | undefined;

export function sources(): readonly Source[] {
  cached ??= globSync('**/*.ts', { cwd: sourceRoot })
    .sort()
    .map((path) => {
      const text = readFileSync(join(sourceRoot, path), 'utf8');
      const code = stripComments(text);
      return {
        path,
        module: path.split('/')[0] ?? '',
        isTest: path.endsWith('.test.ts') || path.startsWith('testing/'),
        text,
        code,
        imports: parseImports(code),
      };
    });
  return cached;
}

/** The file a relative import names, relative to packages/agent/src. */
export function resolveRelative(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

export function relativeToRoot(path: string): string {
  return relative(root, path);
}
