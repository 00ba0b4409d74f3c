// SPDX-License-Identifier: MPL-2.0
// A worker thread for worker.test.ts: does what its input says.

import { AppError } from '#base';
import { answerParent } from '#hcl';

answerParent((input) => {
  if (input === 'fail') throw new AppError('invalid', 'no good');
  if (input === 'hang') for (;;);
  if (input === 'grow') {
    const all: unknown[] = [];
    for (;;) all.push(new Array(1000).fill({}));
  }
  return { got: input };
});
