// SPDX-License-Identifier: MPL-2.0
// Log lines → the body of /v1/agent/monitor.

import type { Clock } from '#base';
import { heartbeatMs } from '../limits.ts';

/** Plain: the lines themselves. Otherwise one JSON object per line, and an empty one as a sign of life. */
export function monitorFrames(
  lines: AsyncIterable<string>,
  options: { readonly plain: boolean; readonly clock: Clock },
): AsyncGenerator<Uint8Array> {
  return options.plain ? plainText(lines) : framed(lines, options.clock);
}

async function* plainText(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(line);
}

const heartbeat = Buffer.from('{}');

async function* framed(lines: AsyncIterable<string>, clock: Clock): AsyncGenerator<Uint8Array> {
  const source = lines[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const result = await within(next, clock);
      if (result === 'late') {
        yield heartbeat;
        continue;
      }
      if (result.done) return;
      yield Buffer.from(JSON.stringify({ Data: Buffer.from(result.value).toString('base64') }));
      next = source.next();
    }
  } finally {
    // Not awaited: a source that waits for its next line returns once its signal aborts.
    source.return?.().catch(() => {});
  }
}

function within<T>(work: Promise<T>, clock: Clock): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(heartbeatMs, () => resolve('late'));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
