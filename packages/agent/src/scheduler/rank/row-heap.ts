// SPDX-License-Identifier: MPL-2.0
// Binary heap of fleet rows, best first, in which a row can be found: when a node was chosen only that node moves.

/** Columns that all heaps of one ranking share. A row is in at most one of them. */
export interface HeapColumns {
  readonly sum: Float64Array;
  /** place of a row in its heap, -1 when it is in none */
  readonly position: Int32Array;
  /** which of two rows with equal scores comes first: true for `a` */
  before(a: number, b: number): boolean;
}

export class RowHeap {
  readonly rows: number[] = [];
  readonly #columns: HeapColumns;

  constructor(columns: HeapColumns) {
    this.#columns = columns;
  }

  get size(): number {
    return this.rows.length;
  }

  /** Adds without keeping order; call `order` when all are in. */
  append(row: number): void {
    this.#columns.position[row] = this.rows.length;
    this.rows.push(row);
  }

  order(): void {
    for (let at = (this.rows.length >> 1) - 1; at >= 0; at--) this.#down(at);
  }

  add(row: number): void {
    this.append(row);
    this.#up(this.rows.length - 1);
  }

  /** The row's score changed. */
  moved(row: number): void {
    const at = this.#columns.position[row] ?? -1;
    if (at < 0) return;
    this.#up(at);
    this.#down(this.#columns.position[row] ?? at);
  }

  remove(row: number): void {
    const at = this.#columns.position[row] ?? -1;
    if (at < 0) return;
    this.#columns.position[row] = -1;
    const last = this.rows.pop();
    if (last === undefined || last === row) return;
    this.rows[at] = last;
    this.#columns.position[last] = at;
    this.moved(last);
  }

  #isBetter(a: number, b: number): boolean {
    const difference = (this.#columns.sum[a] ?? 0) - (this.#columns.sum[b] ?? 0);
    return difference === 0 ? this.#columns.before(a, b) : difference > 0;
  }

  #up(from: number): void {
    const { rows } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBetter(rows[at] as number, rows[parent] as number)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    const { rows } = this;
    let at = from;
    for (;;) {
      let best = at;
      const left = 2 * at + 1;
      const right = left + 1;
      if (left < rows.length && this.#isBetter(rows[left] as number, rows[best] as number)) best = left;
      if (right < rows.length && this.#isBetter(rows[right] as number, rows[best] as number)) best = right;
      if (best === at) return;
      this.#swap(at, best);
      at = best;
    }
  }

  #swap(i: number, j: number): void {
    const a = this.rows[i] as number;
    const b = this.rows[j] as number;
    this.rows[i] = b;
    this.rows[j] = a;
    this.#columns.position[a] = j;
    this.#columns.position[b] = i;
  }
}
