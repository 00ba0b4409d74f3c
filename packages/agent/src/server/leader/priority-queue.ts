// SPDX-License-Identifier: MPL-2.0
// Binary heap. `before(a, b)` tells whether a leaves first.

export class PriorityQueue<T> {
  readonly #before: (a: T, b: T) => boolean;
  #items: T[] = [];

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    items.push(item);
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as T;
      if (!this.#before(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const child = right < items.length && this.#before(items[right] as T, items[left] as T) ? right : left;
      if (!this.#before(items[child] as T, last)) break;
      items[at] = items[child] as T;
      at = child;
    }
    items[at] = last;
    return top;
  }

  /** Removes what matches and returns it. Linear. */
  remove(matches: (item: T) => boolean): T[] {
    const removed = this.#items.filter(matches);
    if (removed.length === 0) return removed;
    const kept = this.#items.filter((item) => !matches(item));
    this.#items = [];
    for (const item of kept) this.push(item);
    return removed;
  }

  /** In no particular order. */
  values(): readonly T[] {
    return this.#items;
  }
}
