// SPDX-License-Identifier: MPL-2.0
// An agent's HTTP API of which a test writes down the answers.

import type { ApiRequest, ApiResponse, ApiTransport } from '@serai/api';

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** text as it is, everything else as JSON */
  readonly body?: unknown;
}

export class FakeTransport {
  readonly requests: ApiRequest[] = [];
  readonly #answers = new Map<string, (request: ApiRequest) => FakeAnswer>();

  /** `GET /v1/jobs`: method and path, without the query. What nothing was written down for is a 404. */
  on(line: string, answer: FakeAnswer | ((request: ApiRequest) => FakeAnswer)): this {
    this.#answers.set(line, typeof answer === 'function' ? answer : () => answer);
    return this;
  }

  /** Bound, so that it can be handed over as it is. */
  readonly send: ApiTransport = async (request) => {
    this.requests.push(request);
    const answer = this.#answers.get(`${request.method} ${request.path.split('?', 1)[0]}`);
    return response(answer?.(request) ?? { status: 404, body: 'not found' });
  };
}

function response(answer: FakeAnswer): ApiResponse {
  const { status = 200, headers = {}, body = '' } = answer;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    headers,
    text: async () => text,
    chunks: async function* () {
      if (text !== '') yield Buffer.from(text);
    },
    textChunks: async function* () {
      if (text !== '') yield text;
    },
    close: () => {},
  };
}
