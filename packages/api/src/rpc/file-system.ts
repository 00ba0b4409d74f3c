// SPDX-License-Identifier: MPL-2.0
// FileSystem.*: files and logs of an allocation. Server and client serve them under the same name.

import { AllocFileInfo } from '../objects/stats.ts';
import { bool, int, list, ptr, str, struct } from '../schema.ts';
import { method, queryMeta, queryOptions, streamMethod } from './method.ts';
import { StreamErrWrapper } from './stream-frames.ts';

const FsPathRequest = struct('FsPathRequest', { AllocID: str, Path: str, ...queryOptions });

export const FileSystem_List = method('FileSystem.List', {
  request: FsPathRequest,
  reply: struct('FsListResponse', { Files: list(AllocFileInfo), ...queryMeta }),
});
export const FileSystem_Stat = method('FileSystem.Stat', {
  request: FsPathRequest,
  reply: struct('FsStatResponse', { Info: ptr(AllocFileInfo), ...queryMeta }),
});
/** LogType: stdout or stderr. Origin: start or end. Offset in bytes. */
export const FileSystem_Logs = streamMethod('FileSystem.Logs', {
  request: struct('FsLogsRequest', {
    AllocID: str,
    Task: str,
    LogType: str,
    Offset: int,
    Origin: str,
    PlainText: bool,
    Follow: bool,
    ...queryOptions,
  }),
  receive: StreamErrWrapper,
  failure: 'wrapper',
});
/** Limit in bytes, 0 for none. PlainText without Follow reads like `cat`. */
export const FileSystem_Stream = streamMethod('FileSystem.Stream', {
  request: struct('FsStreamRequest', {
    AllocID: str,
    Path: str,
    Offset: int,
    Origin: str,
    PlainText: bool,
    Limit: int,
    Follow: bool,
    ...queryOptions,
  }),
  receive: StreamErrWrapper,
  failure: 'wrapper',
});
