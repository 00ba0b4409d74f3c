// SPDX-License-Identifier: MPL-2.0
// `npm run docs`: writes the generated parts of docs/reference/ anew. A test compares them with the code.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliSections } from './docs/cli.ts';
import { configurationSections } from './docs/configuration.ts';
import { errorSections } from './docs/errors.ts';
import { httpApiSections } from './docs/http-api.ts';
import { limitSections } from './docs/limits.ts';
import { fillSections, root, type Sections } from './docs/page.ts';

/** Pages with parts between `<!-- begin name -->` and `<!-- end name -->`. */
export const generatedPages: Readonly<Record<string, () => Sections>> = {
  'docs/reference/cli.md': cliSections,
  'docs/reference/configuration.md': configurationSections,
  'docs/reference/errors.md': errorSections,
  'docs/reference/http-api.md': httpApiSections,
  'docs/reference/limits.md': limitSections,
};

/** The page as it has to be. */
export function generatedPage(path: string): string {
  const sections = generatedPages[path];
  if (!sections) throw new Error(`${path} has no generated part`);
  return fillSections(readFileSync(join(root, path), 'utf8'), sections());
}

if (import.meta.main) {
  for (const path of Object.keys(generatedPages)) {
    const before = readFileSync(join(root, path), 'utf8');
    const after = generatedPage(path);
    if (after === before) continue;
    writeFileSync(join(root, path), after);
    console.log(`wrote ${path}`);
  }
}
