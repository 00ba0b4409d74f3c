// SPDX-License-Identifier: MPL-2.0
// Random ids ↔ ids of the same length in the order in which they appear, and numbers that depend on timing.

const uuid = /\b([0-9a-f]{8})(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?\b/g;
const tail = '-0000-0000-0000-000000000000';

export class Disguise {
  readonly #shown = new Map<string, string>();
  /** by the shown beginning */
  readonly #real = new Map<string, string>();
  readonly #tails = new Map<string, string>();

  cover(text: string): string {
    return text
      .replace(uuid, (_, head: string, rest: string | undefined) => {
        let name = this.#shown.get(head);
        if (name === undefined) {
          name = `id${String(this.#shown.size + 1).padStart(6, '0')}`;
          this.#shown.set(head, name);
          this.#real.set(name, head);
        }
        if (rest !== undefined) this.#tails.set(name, rest);
        return rest === undefined ? name : `${name}${tail}`;
      })
      .replace(/((?:Modify Index|Index)\s*[:=] |check-index )\d+/g, '$1<index>')
      .replace(/"(\w*Index)": \d+/g, '"$1": "<index>"')
      .replace(/127\.0\.0\.1:[3-6]\d{4}\b/g, '127.0.0.1:44647');
  }

  restore(word: string): string {
    return word.replace(/id\d{6}(-0000-0000-0000-000000000000)?/g, (name, whole: string | undefined) => {
      const head = name.slice(0, 8);
      const real = this.#real.get(head);
      if (real === undefined) throw new Error(`${head} was not shown before`);
      return whole === undefined ? real : `${real}${this.#tails.get(head) ?? ''}`;
    });
  }
}
