// SPDX-License-Identifier: MPL-2.0
// Every command explains itself, and fits into a terminal of 80 columns.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/index.ts';
import { commandTable } from '../../src/cli/commands/table.ts';
import { apiFlags } from '../../src/cli/connection/settings.ts';
import { dispatch } from '../../src/cli/run.ts';
import { FakeTerminal } from '../../src/testing/index.ts';
import { root } from './sources.ts';

/** Fewer would mean that the table was not read. */
const leastCommands = 50;

async function help(name: string, flag: string): Promise<{ code: number; ui: FakeTerminal }> {
  const ui = new FakeTerminal();
  const code = await dispatch([...name.split(' '), flag], {
    ui,
    env: {},
    cwd: '/',
    clock: systemClock,
    signal: new AbortController().signal,
    readInput: async () => assert.fail('reads'),
    readBytes: async () => assert.fail('reads'),
    stdinIsPiped: false,
    transport: async () => assert.fail('asks an agent'),
  });
  return { code, ui };
}

test('every command has a help text that names each of its flags', async () => {
  assert.ok(commandTable.length >= leastCommands, `only ${commandTable.length} commands`);
  for (const { name, load } of commandTable) {
    const command = await load();
    for (const flag of ['-help', '-h', '--help']) {
      const { code, ui } = await help(name, flag);
      assert.equal(code, 0, name);
      assert.equal(ui.err, '', name);
      assert.ok(ui.out.startsWith(`Usage: serai ${command.usage}\n\n`), name);
      const specs = { ...command.flags, ...(command.usesApi ? apiFlags : {}) };
      for (const [key, spec] of Object.entries(specs)) {
        const shown = new RegExp(`^ {2}-${key}(=|$)`, 'm').test(ui.out);
        assert.equal(shown, !spec.hidden, `${name} -${key}`);
      }
    }
  }
});

test('help texts fit into 80 columns', async () => {
  const wide: string[] = [];
  for (const { name } of commandTable) {
    const { ui } = await help(name, '-help');
    for (const line of ui.out.split('\n')) if (line.length > 80) wide.push(`${name}: ${line}`);
  }
  assert.deepEqual(wide, []);
});

test('a sentence for each flag, and for each command', async () => {
  const wrong: string[] = [];
  for (const { name, synopsis, load } of commandTable) {
    const command = await load();
    if (!/^[A-Z].*[^.]$/.test(synopsis)) wrong.push(`${name}: synopsis ${JSON.stringify(synopsis)}`);
    if (!/^[A-Z][\s\S]*[.)]$/.test(command.help.trim())) wrong.push(`${name}: help text is no sentence`);
    for (const [key, { help: text }] of Object.entries(command.flags))
      if (!/^[A-Z][\s\S]*\.$/.test(text.trim())) wrong.push(`${name} -${key}: ${JSON.stringify(text)}`);
  }
  assert.deepEqual(wrong, []);
});

test('each command and each flag that is shown stands in the reference', async () => {
  const page = readFileSync(join(root, 'docs/reference/cli.md'), 'utf8');
  const sections = new Map(page.split(/^### /m).map((text) => [text.split('\n', 1)[0] ?? '', text]));
  for (const { name, load } of commandTable) {
    const command = await load();
    if (!command.usage.startsWith(name)) {
      assert.ok(page.includes(`| \`${name}\` |`), `other name ${name}`);
      continue;
    }
    const section = sections.get(name);
    assert.ok(section, `no section for ${name}`);
    for (const [key, spec] of Object.entries(command.flags))
      if (!spec.hidden) assert.match(section, new RegExp(`\`-${key}[\`=]`), `${name} -${key}`);
  }
});

test('no page promises a code that the program does not use', async () => {
  const page = readFileSync(join(root, 'docs/reference/cli.md'), 'utf8');
  const codes = [...page.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  assert.deepEqual(codes, [0, 1, 2, 127, 255]);
});
