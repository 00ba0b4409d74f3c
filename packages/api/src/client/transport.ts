// SPDX-License-Identifier: MPL-2.0
// The door through which the api client reaches an agent. Node's and the browser's transports implement it.

/** An AbortSignal, without needing the DOM's types. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface ApiRequest {
  readonly method: string;
  /** path and query, percent-encoded */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal?: CancelSignal;
}

/** The head has arrived, the body has not. One of the body readers is used, once; or `close`. */
export interface ApiResponse {
  readonly status: number;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  text(): Promise<string>;
  chunks(): AsyncIterable<Uint8Array>;
  /** `chunks` decoded as UTF-8 across their borders. */
  textChunks(): AsyncIterable<string>;
  /** Gives the connection up. */
  close(): void;
}

/** Rejects only when no answer came. */
export type ApiTransport = (request: ApiRequest) => Promise<ApiResponse>;
