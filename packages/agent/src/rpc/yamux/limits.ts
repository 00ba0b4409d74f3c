// SPDX-License-Identifier: MPL-2.0
// Every number of a yamux session. The protocol's own are the same in every Nomad; the others bound what a peer can
// make us hold.

export interface YamuxLimits {
  /** Bytes a peer may send on a stream before we have read them; fixed by the protocol's default. */
  readonly windowBytes: number;
  /** Streams we opened that the peer has not acknowledged; more wait. */
  readonly maxUnackedOpens: number;
  /** Streams the peer may have open at once; more are reset. Each blocking query holds one. */
  readonly maxIncomingStreams: number;
  /** Bytes received but not yet read over all streams; the stream that goes beyond is reset. */
  readonly maxBufferedBytes: number;
  /** Bytes of answers to pings and the like that a peer may leave unread; beyond, the session ends. */
  readonly maxUnsentBytes: number;
  /** Body of one data frame that we send. Smaller is fairer between streams, larger costs less. */
  readonly maxFrameBytes: number;
  /** Pause between two pings on an open session. */
  readonly keepAliveMs: number;
  /** Time for the answer to a ping. */
  readonly pingTimeoutMs: number;
  /** Time the transport may refuse to take more bytes. */
  readonly writeTimeoutMs: number;
  /** Time for a peer to acknowledge a stream; the session ends otherwise. */
  readonly openTimeoutMs: number;
  /** Time for a peer to close its half after we closed ours; the stream is reset otherwise. */
  readonly closeTimeoutMs: number;
}

export const defaultYamuxLimits: YamuxLimits = {
  windowBytes: 256 * 1024,
  maxUnackedOpens: 256,
  maxIncomingStreams: 4096,
  maxBufferedBytes: 64 * 1024 * 1024,
  maxUnsentBytes: 1024 * 1024,
  maxFrameBytes: 64 * 1024,
  keepAliveMs: 30_000,
  pingTimeoutMs: 10_000,
  writeTimeoutMs: 10_000,
  openTimeoutMs: 75_000,
  closeTimeoutMs: 300_000,
};
