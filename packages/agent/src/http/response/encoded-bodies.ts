// SPDX-License-Identifier: MPL-2.0
// JSON bodies, encoded once. An object that came from state never changes, so its text is kept for the next reader: all
// blocking queries that wake up at one index share one buffer.

import { encodedCacheBytes, maxCachedAnswerBytes } from '../limits.ts';

export type Form = 'plain' | 'pretty';

interface Entry {
  readonly forms: Partial<Record<Form, Buffer>>;
  bytes: number;
}

export class EncodedBodies {
  readonly #entries = new WeakMap<object, Entry>();
  /** Least recently used first. Dropping an entry here lets its buffers go. */
  readonly #kept = new Set<Entry>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes = encodedCacheBytes) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * `shared`: the object may be the very one that an earlier answer held, and never changes. Its text is kept from the
   * second time on: an object that is built for each answer is never seen twice.
   */
  encode(value: unknown, form: Form, shared: boolean): Buffer {
    if (!shared || typeof value !== 'object' || value === null) return encodeJson(value, form);
    const known = this.#entries.get(value);
    const found = known?.forms[form];
    if (known && found) {
      this.#touch(known);
      return found;
    }
    const body = encodeJson(value, form);
    if (known && body.length <= maxCachedAnswerBytes) this.#keep(known, form, body);
    else if (!known) this.#entries.set(value, { forms: {}, bytes: 0 });
    return body;
  }

  #keep(entry: Entry, form: Form, body: Buffer): void {
    entry.forms[form] = body;
    entry.bytes += body.length;
    this.#bytes += body.length;
    this.#touch(entry);
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#drop(oldest);
    }
  }

  #touch(entry: Entry): void {
    this.#kept.delete(entry);
    this.#kept.add(entry);
  }

  #drop(entry: Entry): void {
    this.#kept.delete(entry);
    this.#bytes -= entry.bytes;
    entry.bytes = 0;
    delete entry.forms.plain;
    delete entry.forms.pretty;
  }
}

/** Pretty: four spaces and a newline at the end, as Nomad prints. */
export function encodeJson(value: unknown, form: Form): Buffer {
  const text = form === 'pretty' ? `${JSON.stringify(value, null, 4)}\n` : JSON.stringify(value);
  return Buffer.from(text ?? 'null');
}
