// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatKeyValue, formatList, paint, TerminalUi } from './ui.ts';

test('columns are aligned, two spaces apart, without trailing space', () => {
  assert.equal(
    formatList([
      ['ID', 'Status'],
      ['example', 'running'],
      ['x', ''],
    ]),
    ['ID       Status', 'example  running', 'x        <none>'].join('\n'),
  );
});

test('colours do not count as width', () => {
  const painted = paint({ color: true }, 'green', 'up');
  assert.equal(
    formatList([
      [painted, 'a'],
      ['down', 'b'],
    ])
      .split('\n')[0]
      ?.replace(/\u001b\[\d+m/g, ''),
    'up    a',
  );
});

test('keys and values with the equal signs below each other', () => {
  assert.equal(
    formatKeyValue([
      ['ID', 'web'],
      ['Job Version', '3'],
      ['Namespace', ''],
    ]),
    ['ID          = web', 'Job Version = 3', 'Namespace   = <none>'].join('\n'),
  );
});

test('colour only on a terminal, unless forced', () => {
  const sink = { write: () => true };
  const terminal = { ...sink, isTTY: true, columns: 120 };
  const ui = (out: typeof terminal | typeof sink, noColor = false, forceColor = false): TerminalUi =>
    new TerminalUi({ out, err: sink }, { noColor, forceColor });
  assert.equal(ui(terminal).color, true);
  assert.equal(ui(terminal, true).color, false);
  assert.equal(ui(sink).color, false);
  assert.equal(ui(sink, false, true).color, true);
  assert.equal(ui(terminal).width, 120);
  assert.equal(ui(sink).width, 80);
});
