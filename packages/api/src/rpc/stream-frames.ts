// SPDX-License-Identifier: MPL-2.0
// Frames of streaming calls.

import { bool, int, opt, ptr, type Static, str, struct } from '../schema.ts';
import { queryMeta, rawBytes } from './method.ts';

/** Code: HTTP status, null when the callee named none. */
export const RpcErrorFrame = struct('RpcError', { Message: str, Code: ptr(int) });
export interface RpcErrorFrame extends Static<typeof RpcErrorFrame> {}

/** An Error ends the stream. Payload: plain bytes, or one JSON object (StreamFrame), by the request's PlainText. */
export const StreamErrWrapper = struct('StreamErrWrapper', { Error: ptr(RpcErrorFrame), Payload: rawBytes });
export interface StreamErrWrapper extends Static<typeof StreamErrWrapper> {}

/** First frame of Operator.SnapshotSave (`SnapshotChecksum` reads `sha-256=<base64>`), only frame of SnapshotRestore. */
export const SnapshotSaveResponse = struct('SnapshotSaveResponse', {
  SnapshotChecksum: str,
  ErrorCode: opt(int),
  ErrorMsg: opt(str),
  ...queryMeta,
});
export interface SnapshotSaveResponse extends Static<typeof SnapshotSaveResponse> {}
export const SnapshotRestoreResponse = struct('SnapshotRestoreResponse', {
  ErrorCode: opt(int),
  ErrorMsg: opt(str),
  ...queryMeta,
});
export interface SnapshotRestoreResponse extends Static<typeof SnapshotRestoreResponse> {}

/** Input of Allocations.Exec; all null is a keep-alive. */
export const ExecInput = struct('ExecStreamingRequestInput', {
  Setup: ptr(struct('ExecSetup', { Version: int })),
  Stdin: ptr(struct('ExecStdin', { Data: rawBytes, Close: bool })),
  TtySize: ptr(struct('ExecTtySize', { Height: int, Width: int })),
});
export interface ExecInput extends Static<typeof ExecInput> {}
