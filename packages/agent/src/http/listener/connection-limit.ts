// SPDX-License-Identifier: MPL-2.0
// Connections of one address.

import type { Socket } from 'node:net';
import type { Metrics } from '#base';

const text = 'Your IP is issuing too many concurrent connections, please rate limit your calls\n';
const refusal = [
  'HTTP/1.1 429 Too Many Requests',
  'Content-Type: text/plain',
  `Content-Length: ${text.length}`,
  'Connection: close',
  '',
  text,
].join('\r\n');

export class ConnectionLimit {
  readonly #limit: number;
  readonly #metrics: Metrics;
  readonly #open = new Map<string, number>();

  /** 0: no limit */
  constructor(limit: number, dependencies: { readonly metrics: Metrics }) {
    this.#limit = limit;
    this.#metrics = dependencies.metrics;
  }

  /** False: the connection has been answered and closed. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? '';
    if (this.#limit === 0) return true;
    const count = this.#open.get(address) ?? 0;
    if (count >= this.#limit) {
      this.#metrics.incr('nomad.nomad.agent.http.exceeded');
      socket.on('error', () => {});
      socket.end(refusal, () => socket.destroy());
      return false;
    }
    this.#open.set(address, count + 1);
    socket.once('close', () => this.#release(address));
    return true;
  }

  #release(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left > 0) this.#open.set(address, left);
    else this.#open.delete(address);
  }
}
