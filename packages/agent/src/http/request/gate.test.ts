// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './gate.ts';

test('a class that is full refuses, the others go on', () => {
  const gate = new Gate({ read: 2, write: 1, expensive: 1, stream: 1 });
  gate.enter('expensive');
  assert.throws(() => gate.enter('expensive'), {
    code: 'limit',
    status: 429,
    message: /too many expensive requests/,
  });
  gate.enter('read');
  gate.enter('read');
  assert.throws(() => gate.enter('read'), { status: 429 });
  gate.leave('read');
  gate.enter('read');
  gate.leave('expensive');
  gate.enter('expensive');
});
