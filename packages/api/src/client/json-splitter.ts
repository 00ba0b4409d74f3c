// SPDX-License-Identifier: MPL-2.0
// Cuts a stream of JSON objects, with nothing or white space between them, into the single texts.

/** Longest single object, in characters. A frame carries at most 64 KiB of data. */
export const maxObjectLength = 4 * 1024 * 1024;

export class JsonSplitter {
  #rest = '';
  #scanned = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The objects that are complete now. */
  push(text: string): string[] {
    this.#rest += text;
    const complete: string[] = [];
    let start = 0;
    for (let i = this.#scanned; i < this.#rest.length; i++) {
      if (!this.#step(this.#rest.charCodeAt(i))) continue;
      complete.push(this.#rest.slice(start, i + 1).trim());
      start = i + 1;
    }
    this.#rest = this.#rest.slice(start);
    this.#scanned = this.#rest.length;
    if (this.#rest.length > maxObjectLength)
      throw new Error(`the stream holds an object of more than ${maxObjectLength} characters`);
    return complete;
  }

  /** True when an object was begun and not finished. */
  get unfinished(): boolean {
    return this.#rest.trim() !== '';
  }

  /** True at the end of an object. */
  #step(code: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (code === 0x5c) this.#escaped = true;
      else if (code === 0x22) this.#inString = false;
      return false;
    }
    if (code === 0x22) this.#inString = true;
    else if (code === 0x7b || code === 0x5b) this.#depth++;
    else if (code === 0x7d || code === 0x5d) {
      this.#depth--;
      return this.#depth === 0;
    }
    return false;
  }
}
