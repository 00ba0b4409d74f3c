// SPDX-License-Identifier: MPL-2.0
// Types, lint and format of the whole tree. Prints only what is wrong.

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules/.bin');
const steps: readonly (readonly string[])[] = [
  ['tsc', '-p', 'packages/api'],
  ['tsc', '-p', 'packages/api/tsconfig.test.json'],
  ['tsc', '-p', 'packages/agent'],
  ['tsc', '-p', 'packages/ui'],
];

let failed = 0;
for (const [command, ...args] of steps) {
  const result = spawnSync(join(bin, command ?? ''), args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) {
    failed += 1;
    console.error(`failed: ${command} ${args.join(' ')}`);
  }
}
const biome = spawnSync(process.execPath, ['scripts/biome.mjs', 'check', '--error-on-warnings', '.'], {
  cwd: root,
  stdio: 'inherit',
});
if (biome.status !== 0) {
  failed += 1;
  console.error('failed: biome check (npm run fix mends most of it)');
}
process.exit(failed > 0 ? 1 : 0);
