// SPDX-License-Identifier: MPL-2.0
// Agent.*: looking into an agent.

import { bool, str, struct } from '../schema.ts';
import { queryOptions, streamMethod } from './method.ts';
import { StreamErrWrapper } from './stream-frames.ts';

/** The log of the agent that is named by NodeID or ServerID, from now on; endless. */
export const Agent_Monitor = streamMethod('Agent.Monitor', {
  request: struct('MonitorRequest', {
    LogLevel: str,
    LogJSON: bool,
    LogIncludeLocation: bool,
    NodeID: str,
    ServerID: str,
    PlainText: bool,
    ...queryOptions,
  }),
  receive: StreamErrWrapper,
  failure: 'wrapper',
});
