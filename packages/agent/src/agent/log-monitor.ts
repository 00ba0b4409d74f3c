// SPDX-License-Identifier: MPL-2.0
// Live log lines for /v1/agent/monitor: a sink for each listener, with a bounded buffer.

import { formatJson, formatText, type LogHub, type LogLevel } from '#base';

/** Lines a slow listener may be behind; further ones are dropped and counted. */
export const maxBufferedLines = 512;

export async function* monitorLog(
  hub: LogHub,
  options: { readonly level: LogLevel; readonly json: boolean },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const lines: string[] = [];
  let dropped = 0;
  let wake: (() => void) | undefined;
  const remove = hub.addSink((entry) => {
    if (lines.length >= maxBufferedLines) dropped += 1;
    else lines.push(options.json ? formatJson(entry) : formatText(entry).trimStart());
    wake?.();
  }, options.level);
  const onAbort = (): void => wake?.();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const line = lines.shift();
      if (line !== undefined) {
        yield line;
      } else if (dropped > 0) {
        const count = dropped;
        dropped = 0;
        yield `[WARN] ${count} log lines were dropped: the listener is too slow\n`;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    }
  } finally {
    remove();
    signal.removeEventListener('abort', onAbort);
  }
}
