// SPDX-License-Identifier: MPL-2.0
// Numbers of the RPC protocol and bounds on what a peer can make us hold.

export interface MessageLimits {
  /** One request, reply or frame in bytes. A job file may have some megabytes, a list of all allocations more. */
  readonly maxMessageBytes: number;
  /** Levels of nesting in a message. */
  readonly maxDepth: number;
  /** Bytes of incomplete or unserved messages over all streams of a connection. */
  readonly maxPendingBytes: number;
}

export const defaultMessageLimits: MessageLimits = {
  maxMessageBytes: 32 * 1024 * 1024,
  maxDepth: 100,
  maxPendingBytes: 64 * 1024 * 1024,
};

/** First byte of a connection, and of a stream in a version 2 multiplexed connection. */
export const selector = {
  rpc: 0x01,
  raft: 0x02,
  multiplex: 0x03,
  tls: 0x04,
  streaming: 0x05,
  multiplexV2: 0x06,
} as const;

/** Port of the RPC listener where an address names none. */
export const defaultRpcPort = 4647;
