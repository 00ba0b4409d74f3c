// SPDX-License-Identifier: MPL-2.0
// Open connections: so many per address, and which of them have an answer under way.

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

export class Connections {
  readonly #limit: number;
  readonly #metrics: Metrics;
  readonly #perAddress = new Map<string, number>();
  /** Answers under way. */
  readonly #open = new Map<Socket, number>();
  #closing = false;

  /** 0: no limit */
  constructor(limitPerAddress: number, dependencies: { readonly metrics: Metrics }) {
    this.#limit = limitPerAddress;
    this.#metrics = dependencies.metrics;
  }

  /** False: the connection has been answered and closed. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? '';
    const count = this.#perAddress.get(address) ?? 0;
    if (this.#limit > 0 && count >= this.#limit) {
      this.#metrics.incr('nomad.nomad.agent.http.exceeded');
      socket.on('error', () => {});
      socket.end(refusal, () => socket.destroy());
      return false;
    }
    this.#perAddress.set(address, count + 1);
    this.#open.set(socket, 0);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#release(address);
    });
    return true;
  }

  /** A request has come in on it. */
  begin(socket: Socket): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 0) + 1);
  }

  /** Its answer is out. */
  end(socket: Socket): void {
    const left = (this.#open.get(socket) ?? 1) - 1;
    if (left === 0 && this.#closing) socket.destroySoon();
    else if (this.#open.has(socket)) this.#open.set(socket, left);
  }

  /** Idle ones end now, the others after their answer. */
  close(): void {
    this.#closing = true;
    for (const [socket, busy] of this.#open) if (busy === 0) socket.destroy();
  }

  #release(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }
}
