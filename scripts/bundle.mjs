// SPDX-License-Identifier: MPL-2.0
// Bundles the command line (one small entry, a chunk per command) and the web UI into dist/. Runs after `npm ci`.

import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const entry = join(root, 'packages/agent/src/cli/main.ts');

if (!existsSync(entry)) {
  console.log('bundle: no sources here, nothing to do');
  process.exit(0);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
  entryPoints: { serai: entry, 'parse-worker': join(root, 'packages/agent/src/jobspec/parse-worker.ts') },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

const native = join(root, 'packages/agent/src/supervisor/native');
if (existsSync(native)) await cp(native, join(dist, 'native'), { recursive: true });

const ui = join(root, 'packages/ui');
await build({
  entryPoints: [join(ui, 'src/main.tsx')],
  outdir: join(dist, 'ui'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
});
await cp(join(ui, 'src/index.html'), join(dist, 'ui/index.html'));
