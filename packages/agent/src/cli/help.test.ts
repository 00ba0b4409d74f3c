// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from './command.ts';
import { commandTable } from './commands/table.ts';
import { commandHelp, groupHelp, mainHelp } from './help.ts';

const command: Command = {
  usage: 'job do [options] <job>',
  help: 'Does it.',
  usesApi: false,
  flags: {
    verbose: { kind: 'bool', help: 'More.' },
    n: { kind: 'int', default: 3, help: 'How many.' },
    var: { kind: 'list', hint: 'key=value', help: 'A value.' },
    secret: { kind: 'text', help: 'Nobody sees this.', hidden: true },
    long: { kind: 'duration', help: 'word '.repeat(40) },
  },
  run: async () => 0,
};

test('flags are sorted, show their values and defaults, hidden ones are left out', () => {
  const text = commandHelp(command);
  assert.ok(text.startsWith('Usage: serai job do [options] <job>\n\nDoes it.\n\nOptions:\n'));
  assert.deepEqual(
    [...text.matchAll(/^ {2}(-\S+)/gm)].map((match) => match[1]),
    ['-long=<duration>', '-n=<number>', '-var=<key=value>', '-verbose'],
  );
  assert.match(text, /How many\. Default: 3\./);
  assert.match(text, /A value\. May be given several times\./);
  assert.ok(!text.includes('secret'));
});

test('lines fit into 80 columns', () => {
  for (const line of commandHelp(command).split('\n')) assert.ok(line.length <= 80, line);
});

test('commands that ask an agent show the general options', () => {
  assert.match(commandHelp({ ...command, usesApi: true }), /General Options:\n\n {2}-address=<addr>/);
});

test('the overview names each command or its group, old names are left out', () => {
  const text = mainHelp(commandTable);
  assert.match(text, /^ {4}agent +Run a Serai agent$/m);
  assert.match(text, /^ {4}job +Interact with jobs$/m);
  assert.ok(!text.includes('node-status'));
  assert.ok(!/Commands for /.test(text), 'a group has no description');
});

test('a group lists what is in it', () => {
  assert.match(groupHelp('operator snapshot', commandTable), /^ {4}save +Save the state to a file$/m);
});
