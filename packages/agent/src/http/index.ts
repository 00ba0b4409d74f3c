// SPDX-License-Identifier: MPL-2.0
// The HTTP API: listener, a pipeline of fixed order (limit, authenticate, audit, decode, handler), one handler per
// declared route. Handlers call RpcCaller and the agent's own facts only: must not know server, client, state or
// jobspec. All of it runs on the event loop of one thread.

export * from './doors.ts';
export { HttpServer } from './listener/http-server.ts';
