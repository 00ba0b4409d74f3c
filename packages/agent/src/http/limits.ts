// SPDX-License-Identifier: MPL-2.0
// Every bound of the HTTP listener, with its unit and what happens beyond it. Body limits stand with the routes.

/** Connections of one address (Nomad's limits.http_max_conns_per_client). More: 429 and closed. 0: no limit. */
export const defaultMaxConnectionsPerClient = 100;
/** Connections of all addresses of one listener. More are closed at accept. */
export const maxConnections = 16_384;
/** Bytes of request line and headers. More: 431. */
export const maxHeaderBytes = 64 * 1024;
/** Header lines; further ones are ignored. */
export const maxHeaderCount = 128;
/** Parameters in a query string. More: 400. */
export const maxQueryParameters = 256;
/** Milliseconds for the whole head of a request to arrive: ends a slow loris. */
export const headTimeoutMs = 10_000;
/** Milliseconds for a JSON body to arrive. More: 408 and closed. */
export const bodyTimeoutMs = 60_000;
/** Milliseconds between two pieces of a streamed body (a state archive). */
export const bodyIdleTimeoutMs = 60_000;
/** Milliseconds an idle connection stays open. */
export const keepAliveTimeoutMs = 120_000;
/** Milliseconds a refused body is read and thrown away, so that the sender sees the answer before the close. */
export const lingerMs = 2_000;
/** Milliseconds a stream waits for a reader that takes nothing. Then the connection is dropped. */
export const streamStallMs = 60_000;
/** Milliseconds from stop() until connections that still work are cut. */
export const stopGraceMs = 2_000;
/** Calls at work at one time, by the route's rate class. More: 429. Blocking queries are reads. */
export const maxConcurrentCalls = { read: 16_384, write: 1_024, expensive: 64, stream: 1_024 } as const;
/** Bytes of encoded answers that are kept for the next reader; the least recently used go first. */
export const encodedCacheBytes = 32 * 1024 * 1024;
/** Bytes of one answer that is still kept. */
export const maxCachedAnswerBytes = 4 * 1024 * 1024;
/** Bytes from which an answer is compressed. */
export const minCompressBytes = 1024;
/** Milliseconds between heartbeats of a framed stream. */
export const heartbeatMs = 1_000;
/** Bytes of one file of the UI. */
export const maxUiFileBytes = 16 * 1024 * 1024;
