// SPDX-License-Identifier: MPL-2.0
// The event stream as lines of JSON.

import { Event_Stream, type EventStreamFrame, type routes } from '@serai/api';
import { AppError } from '#base';
import { frameError, type RpcStream } from '#rpc';
import type { HandlersOf } from '../request/call.ts';
import { jsonType } from '../response/headers.ts';

export const eventHandlers: HandlersOf<typeof routes.events> = {
  stream: async (call) => {
    const Index = wantedIndex(call.query.index);
    const Topics = wantedTopics(call.query.topic ?? []);
    const args = { ...call.read(), MinQueryIndex: 0, Topics, Index };
    const stream = await call.services.rpc.stream(Event_Stream, args, { signal: call.signal });
    call.signal.addEventListener('abort', () => stream.close(), { once: true });
    return {
      kind: 'stream',
      source: lines(stream),
      contentType: jsonType,
      headers: { 'Cache-Control': 'no-cache' },
    };
  },
};

function wantedIndex(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,20}$/.test(text)) {
    throw new AppError('invalid', `Unable to parse index: ${JSON.stringify(text.slice(0, 100))} is no index`);
  }
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** `Topic`, or `Topic:key`; none: everything. */
function wantedTopics(texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const topics = new Map<string, string[]>();
  for (const text of texts) {
    const [topic = '', key = '*', ...rest] = text.split(':');
    if (rest.length > 0) {
      throw new AppError(
        'invalid',
        `Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: ${text.slice(0, 100)}`,
      );
    }
    topics.set(topic, [...(topics.get(topic) ?? []), key]);
  }
  return topics.size === 0 ? { '*': ['*'] } : Object.fromEntries(topics);
}

const lineEnd = Buffer.from('\n');

async function* lines(stream: RpcStream): AsyncGenerator<Uint8Array> {
  try {
    for await (const frame of stream.frames()) {
      const error = frameError(frame);
      if (error) throw error;
      const { Event } = frame as EventStreamFrame;
      if (Event?.Data) yield Buffer.concat([Event.Data, lineEnd]);
    }
  } finally {
    stream.close();
  }
}
