// SPDX-License-Identifier: MPL-2.0
// Runs everything that must hold: types, lint, then the tests. `npm test -- <glob>…` runs only those files.

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

interface Phase {
  readonly name: string;
  readonly globs: readonly string[];
  /** One process for all files is five times faster; only for suites without real processes and sockets. */
  readonly isolation: 'none' | 'process';
  readonly concurrency: number;
}

const phases: readonly Phase[] = [
  {
    name: 'architecture',
    globs: ['packages/agent/test/arch/**/*.test.ts'],
    isolation: 'process',
    concurrency: 2,
  },
  {
    name: 'unit',
    globs: ['packages/*/src/**/*.test.ts', 'packages/agent/test/golden/**/*.test.ts'],
    isolation: 'process',
    concurrency: 2,
  },
  {
    name: 'conformance and fuzz',
    globs: ['packages/agent/test/conformance/**/*.test.ts', 'packages/agent/test/fuzz/**/*.test.ts'],
    isolation: 'process',
    concurrency: 2,
  },
  {
    name: 'integration',
    globs: ['packages/agent/test/integration/**/*.test.ts', 'packages/agent/test/sim/**/*.test.ts'],
    isolation: 'process',
    concurrency: 2,
  },
  // Starts whole agents: one at a time, so that their start-up times mean something.
  {
    name: 'end to end',
    globs: ['packages/agent/test/e2e/**/*.test.ts'],
    isolation: 'process',
    concurrency: 1,
  },
];

const totals = { passed: 0, failed: 0, skipped: 0 };

function step(name: string, command: string, args: readonly string[]): void {
  console.log(`\n# ${name}`);
  const result = spawnSync(command, args, { stdio: 'inherit' });
  if (result.status === 0) totals.passed += 1;
  else totals.failed += 1;
}

async function runPhase(phase: Phase, files: readonly string[]): Promise<void> {
  console.log(`\n# ${phase.name}: ${files.length} files`);
  const hasProperties = (file: string): boolean => readFileSync(file, 'utf8').includes('fast-check');
  // Loading fast-check costs a tenth of a second: only where it is used.
  await runFiles(phase, { files: files.filter((file) => !hasProperties(file)), execArgv: [] });
  await runFiles(phase, {
    files: files.filter(hasProperties),
    execArgv: ['--import', join(root, 'scripts/test-seed.ts')],
  });
}

async function runFiles(
  phase: Phase,
  of: { files: readonly string[]; execArgv: readonly string[] },
): Promise<void> {
  if (of.files.length === 0) return;
  const stream = run({
    files: of.files.map((file) => join(root, file)),
    concurrency: phase.concurrency,
    isolation: phase.isolation,
    timeout: 300_000,
    execArgv: [...of.execArgv],
  });
  stream.on('test:summary', (summary) => {
    if (summary.file !== undefined) return;
    totals.passed += summary.counts.passed;
    totals.failed +=
      summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo;
    totals.skipped += summary.counts.skipped;
  });
  const output = stream.compose(new spec());
  for await (const chunk of output) process.stdout.write(chunk as Uint8Array);
}

const wanted = process.argv.slice(2);
const found = phases.map((phase) => {
  const globs = wanted.length > 0 ? wanted : phase.globs;
  const own = new Set(phase.globs.flatMap((glob) => globSync(glob)));
  const files = globs
    .flatMap((glob) => globSync(glob))
    .filter((file) => own.has(relative(root, join(root, file))));
  return { phase, files: [...new Set(files)].sort() };
});
if (found.every(({ files }) => files.length === 0)) {
  console.error(`no test file matches ${wanted.join(' ') || 'the phases of scripts/test.ts'}`);
  process.exit(1);
}
if (wanted.length === 0) {
  step('bundle', process.execPath, ['scripts/bundle.mjs']);
  step('types, lint and format', process.execPath, ['scripts/check.ts']);
}
for (const { phase, files } of found) if (files.length > 0) await runPhase(phase, files);

console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 ? 1 : 0);
