// SPDX-License-Identifier: MPL-2.0
// Typed client of the HTTP API. Isomorphic: Node's and the browser's transports live with their users.

export { ApiClient, type ApiClientOptions, type ApiReply, readMeta } from './api-client.ts';
export { ApiError } from './api-error.ts';
export { JsonSplitter } from './json-splitter.ts';
export type { CommonOptions, RouteInput } from './request.ts';
export type { ApiRequest, ApiResponse, ApiTransport, CancelSignal } from './transport.ts';
