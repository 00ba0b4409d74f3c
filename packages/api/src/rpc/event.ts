// SPDX-License-Identifier: MPL-2.0
// Event.*: what changes in the state, as it changes.

import { int, list, map, ptr, type Static, str, struct } from '../schema.ts';
import { queryOptions, rawBytes, streamMethod } from './method.ts';
import { RpcErrorFrame } from './stream-frames.ts';

/** Data: one JSON object: `{"Index": …, "Events": […]}`, or `{}` as a sign of life. */
export const EventStreamFrame = struct('EventStreamWrapper', {
  Error: ptr(RpcErrorFrame),
  Event: ptr(struct('EventJson', { Data: rawBytes })),
});
export interface EventStreamFrame extends Static<typeof EventStreamFrame> {}

/** Topics: keys per topic, `*` for any of either. Index: the first one wanted; 0: everything that is still known. */
export const Event_Stream = streamMethod('Event.Stream', {
  request: struct('EventStreamRequest', { Topics: map(list(str)), Index: int, ...queryOptions }),
  receive: EventStreamFrame,
  failure: 'wrapper',
});
