// SPDX-License-Identifier: MPL-2.0
// The event stream.

import { text, texts } from './query.ts';
import { noBody, read, route, streamResponse } from './route.ts';

export const eventRoutes = {
  /** One JSON object a line. `topic`: `Topic` or `Topic:key`. */
  stream: route({
    name: 'event.stream',
    methods: read,
    path: '/v1/event/stream',
    query: { topic: texts, index: text },
    request: noBody,
    response: streamResponse,
    blocking: false,
    paginated: false,
    security: {
      callers: 'user',
      capability: 'namespace:read-job, node:read or management, by topic',
      bodyLimitBytes: 0,
      rate: 'stream',
      audit: 'read',
    },
  }),
} as const;
