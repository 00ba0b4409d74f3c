// SPDX-License-Identifier: MPL-2.0
// JSON bodies, encoded once. An object that came frozen from state never changes, so its text is kept for the next
// reader: all blocking queries that wake up at one index share one buffer.

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

  encode(value: unknown, form: Form): Buffer {
    const known = typeof value === 'object' && value !== null ? this.#entries.get(value) : undefined;
    const found = known?.forms[form];
    if (known && found) {
      this.#kept.delete(known);
      this.#kept.add(known);
      return found;
    }
    const body = encodeJson(value, form);
    if (typeof value === 'object' && value !== null && body.length <= maxCachedAnswerBytes) {
      if (known || Object.isFrozen(value)) this.#keep(value, form, body);
    }
    return body;
  }

  #keep(value: object, form: Form, body: Buffer): void {
    let entry = this.#entries.get(value);
    if (!entry) {
      entry = { forms: {}, bytes: 0 };
      this.#entries.set(value, entry);
    }
    entry.forms[form] = body;
    entry.bytes += body.length;
    this.#bytes += body.length;
    this.#kept.delete(entry);
    this.#kept.add(entry);
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#drop(oldest);
    }
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
