// SPDX-License-Identifier: MPL-2.0
// The objects around a call: headers of msgpack-RPC and of the streaming handshake. Keys in the order Go writes them.

import { type Static, str, struct, uint } from '@serai/api';

export const RequestHeader = struct('Request', { Seq: uint, ServiceMethod: str });
export interface RequestHeader extends Static<typeof RequestHeader> {}

/** Error "" means that the body is the reply; otherwise the body is an empty map. */
export const ResponseHeader = struct('Response', { Error: str, Seq: uint, ServiceMethod: str });
export interface ResponseHeader extends Static<typeof ResponseHeader> {}

export const StreamingRequest = struct('StreamingRpcHeader', { Method: str });
export const StreamingAck = struct('StreamingRpcAck', { Error: str });

/** Body of an error answer. */
export const emptyBody = Buffer.from([0x80]);
