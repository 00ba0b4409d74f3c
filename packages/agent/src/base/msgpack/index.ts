// SPDX-License-Identifier: MPL-2.0
// Msgpack as Go's codec writes it for Nomad's RPC and Serf's gossip. Knows declarations by their form only.

export * from './codec.ts';
export { MsgpackError } from './error.ts';
export * from './node.ts';
export { defaultMsgpackLimits, type MsgpackLimits, MsgpackReader } from './reader.ts';
export { MsgpackScanner, type ScanLimits } from './scanner.ts';
export type { MsgpackShape } from './shape.ts';
export { MsgpackEncodeError, MsgpackWriter } from './writer.ts';
