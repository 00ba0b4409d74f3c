// SPDX-License-Identifier: MPL-2.0
// The pages must be true: links lead somewhere, commands and flags exist, what is shown in HCL loads.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/index.ts';
import { resolveCommand } from '../../src/cli/commands/table.ts';
import { apiFlags } from '../../src/cli/connection/settings.ts';
import { parseFlags } from '../../src/cli/flags.ts';
import { type ConfigFiles, checkConfig, loadConfig } from '../../src/config/index.ts';
import { parseJob } from '../../src/jobspec/index.ts';
import { canonicalizeJob, validateJob } from '../../src/model/index.ts';
import { anchorsOf, type CodeBlock, codeBlocks, commandLines, links, pages } from './pages.ts';
import { root } from './sources.ts';

/** Fewer would mean that the scan looked in the wrong place. */
const leastPages = 15;
const leastCommands = 60;

const must = [
  'README.md',
  'ARCHITECTURE.md',
  'AGENTS.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'LICENSE',
  'docs/compatibility.md',
  'docs/adr/README.md',
  'examples/README.md',
];

test('the pages that a project has are there', () => {
  assert.deepEqual(
    must.filter((path) => !existsSync(join(root, path))),
    [],
  );
  assert.ok(pages().length >= leastPages, `found only ${pages().length} pages`);
  assert.match(readFileSync(join(root, 'LICENSE'), 'utf8'), /Mozilla Public License Version 2\.0/);
});

test('links lead to files and headings that exist', () => {
  const byPath = new Map(pages().map((page) => [page.path, page]));
  const wrong: string[] = [];
  for (const page of pages()) {
    for (const { target, anchor } of links(page)) {
      const path = target === '' ? page.path : normalize(join(dirname(page.path), target));
      if (!existsSync(join(root, path))) wrong.push(`${page.path}: ${target}`);
      const linked = byPath.get(path);
      if (anchor !== '' && linked && !anchorsOf(linked).has(anchor))
        wrong.push(`${page.path}: ${path}#${anchor}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every page below docs is linked from another page', () => {
  const linked = new Set(
    pages().flatMap((page) => links(page).map(({ target }) => normalize(join(dirname(page.path), target)))),
  );
  const lonely = pages().filter(
    ({ path }) => path.startsWith('docs/') && !linked.has(path) && !linked.has(`${dirname(path)}`),
  );
  assert.deepEqual(
    lonely.map(({ path }) => path),
    [],
  );
});

test('commands and flags on the pages exist', async () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const page of pages()) {
    for (const { place, words } of commandLines(page)) {
      seen += 1;
      const problem = await problemOf(words);
      if (problem !== undefined) wrong.push(`${place}: serai ${words.join(' ')}: ${problem}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(seen >= leastCommands, `found only ${seen} commands`);
});

/** What the command line would say about these words, as far as it needs no agent. */
async function problemOf(words: readonly string[]): Promise<string | undefined> {
  if (/^--?(help|version|h|v)$/.test(words[0] ?? '')) return undefined;
  const found = resolveCommand(words);
  if (found.kind === 'group') {
    return found.unknown === undefined || /^-h/.test(found.unknown) ? undefined : 'no such subcommand';
  }
  if (found.kind === 'none') return 'no such command';
  if (found.rest.some((word) => /^--?h(elp)?$/.test(word))) return undefined;
  const command = await found.entry.load();
  const specs = command.usesApi ? { ...apiFlags, ...command.flags } : command.flags;
  try {
    const { args } = parseFlags(specs, found.rest, { anywhere: command.flagsAnywhere ?? false });
    const late = args.find((arg) => /^-\w/.test(arg));
    return late === undefined ? undefined : `${late} comes after an argument, so it is no flag`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('problemOf knows right from wrong', async () => {
  assert.equal(await problemOf(['job', 'run', '-var', 'a=b', 'x.nomad.hcl']), undefined);
  assert.equal(await problemOf(['jbo', 'run']), 'no such command');
  assert.equal(await problemOf(['job', 'rnu']), 'no such subcommand');
  assert.match((await problemOf(['job', 'run', '-vra', 'x'])) ?? '', /-vra/);
  assert.match((await problemOf(['job', 'status', 'x', '-json'])) ?? '', /after an argument/);
});

/** Fragments are shown where they belong: ```hcl group is inside a group. */
const frames: Readonly<Record<string, (text: string) => string>> = {
  'hcl job': (text) =>
    `job "x" {\n${text}\ngroup "g" {\ntask "t" {\ndriver = "raw_exec"\nconfig {\ncommand = "x"\n}\n}\n}\n}`,
  'hcl group': (text) =>
    `job "x" {\ngroup "g" {\n${text}\ntask "t" {\ndriver = "raw_exec"\nconfig {\ncommand = "x"\n}\n}\n}\n}`,
  'hcl task': (text) => `job "x" {\ngroup "g" {\ntask "t" {\n${text}\n}\n}\n}`,
  hcl: (text) => text,
};

function problemOfBlock(block: CodeBlock): string | undefined {
  if (block.info === 'hcl agent') {
    const files: ConfigFiles = { kind: () => 'file', list: () => [], read: () => Buffer.from(block.text) };
    const raw = loadConfig({ paths: ['shown.hcl'], flags: { dev: true } }, files);
    const network = { hostName: 'host', addresses: [], defaultInterface: '' };
    return checkConfig(raw, { network }).errors[0]?.detail;
  }
  const frame = frames[block.info];
  if (!frame) return `unknown kind of block "${block.info}"`;
  try {
    const parsed = parseJob(
      { source: frame(block.text), filename: 'shown.hcl' },
      { random: seededRandom(1) },
    );
    return validateJob(canonicalizeJob(parsed.job)).errors[0];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('HCL on the pages loads', () => {
  const blocks = pages()
    .flatMap(codeBlocks)
    .filter(({ info }) => info.startsWith('hcl'));
  assert.ok(blocks.length >= 10, `found only ${blocks.length} blocks of HCL`);
  const wrong = blocks.flatMap((block) => {
    const problem = problemOfBlock(block);
    return problem === undefined ? [] : [`${block.page}:${block.line}: ${problem}`];
  });
  assert.deepEqual(wrong, []);
});

test('each example is explained in examples/README.md', () => {
  const page = readFileSync(join(root, 'examples/README.md'), 'utf8');
  const files = globSync('examples/*/*', { cwd: root });
  assert.ok(files.length >= 6);
  const missing = files.filter((path) => !page.includes(`(${path.slice('examples/'.length)})`));
  assert.deepEqual(missing, []);
});
