// SPDX-License-Identifier: MPL-2.0
// The servers a client knows, best first.

import type { Random } from '#base';

/** Servers remembered; a hostile answer must not make the list grow without end. */
export const maxServers = 1_000;

export class ServerList {
  readonly #random: Random;
  #addresses: readonly string[] = [];

  constructor(addresses: readonly string[], dependencies: { random: Random }) {
    this.#random = dependencies.random;
    this.replace(addresses);
  }

  /** In the order in which they are to be tried. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Takes a new set and shuffles it; the same set changes nothing. True when it was another one. */
  replace(addresses: readonly string[]): boolean {
    const next = [...new Set(addresses)].slice(0, maxServers);
    const known = new Set(this.#addresses);
    if (next.length === known.size && next.every((address) => known.has(address))) return false;
    this.#addresses = shuffled(next, this.#random);
    return true;
  }

  /** It did not answer: others go first. */
  failed(address: string): void {
    if (!this.#addresses.includes(address)) return;
    this.#addresses = [...this.#addresses.filter((other) => other !== address), address];
  }

  /** New order; the first that answers leads. Without any answer the old order stays. */
  async rebalance(answers: (address: string) => Promise<boolean>): Promise<void> {
    const order = shuffled(this.#addresses, this.#random);
    for (const [i, address] of order.entries()) {
      if (!(await answers(address))) continue;
      const known = new Set(this.#addresses);
      const next = [...order.slice(i), ...order.slice(0, i)];
      // The list may have been replaced while we asked.
      if (next.length === known.size && next.every((other) => known.has(other))) this.#addresses = next;
      return;
    }
  }
}

function shuffled(values: readonly string[], random: Random): string[] {
  const out = [...values];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const swap = out[i] ?? '';
    out[i] = out[j] ?? '';
    out[j] = swap;
  }
  return out;
}
