// SPDX-License-Identifier: MPL-2.0
// Runs Biome (format and lint) from its package for this machine: `node scripts/biome.mjs check --write .`
// The umbrella package is not used: it wants packages for platforms that the registry may not have.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binary = join(root, 'node_modules/@biomejs', `cli-linux-${process.arch}`, 'biome');
if (!existsSync(binary)) {
  console.error(`no Biome for this machine at ${binary}: run 'npm ci' first`);
  process.exit(1);
}
const result = spawnSync(binary, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
process.exit(result.status ?? 1);
