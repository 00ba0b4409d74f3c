// SPDX-License-Identifier: MPL-2.0
// Event.Stream: one subscription over one open call.

import { Event_Stream, type RequestOf } from '@serai/api';
import { AppError, type Clock } from '#base';
import type { RpcContext, RpcStream } from '#rpc';
import type { ServerContext } from '../context.ts';
import { type Access, type StreamEndpoint, streamEndpoint } from '../endpoints/endpoint.ts';
import { namespaceOf } from '../endpoints/query.ts';
import type { EventBroker } from './event-broker.ts';
import { eventFilter } from './event-filter.ts';
import { emptyFrame } from './event-frames.ts';
import type { Delivery, Subscription } from './subscription.ts';

/** Milliseconds between two signs of life. */
export const eventHeartbeatMs = 30_000;

const access: Access = {
  callers: ['user', 'server'],
  // Node events need node:read; all topics at once, and those of no namespace, need a management token.
  capability: 'read-job',
  namespace: 'request',
  rate: 'stream',
  audit: 'read',
};

export function eventEndpoints(context: ServerContext): readonly StreamEndpoint[] {
  return [
    streamEndpoint(Event_Stream, access, async (args, stream, rpc) => {
      const { events, clock } = context;
      if (!events) throw new AppError('internal', 'EventBroker not configured');
      await new EventStream(events, { stream, clock }).run(args, rpc);
    }),
  ];
}

class EventStream {
  readonly #broker: EventBroker;
  readonly #stream: RpcStream;
  readonly #clock: Clock;

  constructor(broker: EventBroker, over: { readonly stream: RpcStream; readonly clock: Clock }) {
    this.#broker = broker;
    this.#stream = over.stream;
    this.#clock = over.clock;
  }

  async run(args: RequestOf<typeof Event_Stream>, rpc: RpcContext): Promise<void> {
    const filter = eventFilter(args.Topics, namespaceOf(args));
    const subscription = this.#broker.subscribe(filter, args.Index);
    const gone = (): void => subscription.end(new AppError('canceled', 'the subscriber is gone'));
    rpc.signal.addEventListener('abort', gone, { once: true });
    try {
      if (rpc.signal.aborted) return;
      await this.#deliver(subscription);
    } finally {
      rpc.signal.removeEventListener('abort', gone);
      gone();
    }
  }

  /** Ends by throwing only: what ended the subscription, or the stream. */
  async #deliver(subscription: Subscription): Promise<never> {
    await this.#send(emptyFrame);
    let signOfLifeMs = this.#clock.monotonicMs() + eventHeartbeatMs;
    for (;;) {
      const leftMs = signOfLifeMs - this.#clock.monotonicMs();
      if (leftMs <= 0) {
        await this.#send(emptyFrame);
        signOfLifeMs = this.#clock.monotonicMs() + eventHeartbeatMs;
        continue;
      }
      const delivery = subscription.take();
      if (delivery) await this.#sendAll(delivery, subscription);
      else await this.#ready(subscription, leftMs);
    }
  }

  async #sendAll(delivery: Delivery, subscription: Subscription): Promise<void> {
    for (const frame of this.#broker.frames.of(delivery, subscription.filter.signature)) {
      await this.#send(frame);
    }
  }

  #ready(subscription: Subscription, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(waitMs, resolve, { unref: true });
      subscription.onReady(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #send(data: Uint8Array): Promise<void> {
    return this.#stream.send({ Error: null, Event: { Data: data } });
  }
}
