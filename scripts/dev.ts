// SPDX-License-Identifier: MPL-2.0
// `npm run dev`: a -dev agent from the sources, started again when one of them changes.

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'packages/agent/src/cli/main.ts');
const args = process.argv.length > 2 ? process.argv.slice(2) : ['agent', '-dev'];
const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', main, ...args], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
