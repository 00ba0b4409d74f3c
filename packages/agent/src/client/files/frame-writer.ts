// SPDX-License-Identifier: MPL-2.0
// Pieces of files as frames of a streaming call: plain bytes, or one JSON object each.

import type { RpcStream } from '#rpc';

export interface FrameFields {
  readonly data?: Buffer;
  readonly file?: string;
  readonly offset?: number;
  readonly event?: 'file deleted' | 'file truncated';
}

export class FrameWriter {
  readonly #stream: Pick<RpcStream, 'send'>;
  readonly #plain: boolean;

  constructor(stream: Pick<RpcStream, 'send'>, plain: boolean) {
    this.#stream = stream;
    this.#plain = plain;
  }

  /** Resolves when the other side has room for more. */
  async write(frame: FrameFields): Promise<void> {
    if (this.#plain) {
      if (frame.data) await this.#stream.send({ Error: null, Payload: frame.data });
      return;
    }
    const json = {
      ...(frame.offset ? { Offset: frame.offset } : {}),
      ...(frame.data ? { Data: frame.data.toString('base64') } : {}),
      ...(frame.file ? { File: frame.file } : {}),
      ...(frame.event ? { FileEvent: frame.event } : {}),
    };
    await this.#stream.send({ Error: null, Payload: Buffer.from(JSON.stringify(json)) });
  }

  /** `{}`: tells the reader, and us, that the connection still works. */
  async heartbeat(): Promise<void> {
    if (!this.#plain) await this.#stream.send({ Error: null, Payload: Buffer.from('{}') });
  }
}
