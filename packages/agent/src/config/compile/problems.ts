// SPDX-License-Identifier: MPL-2.0
// What the checks report to: they name a key, this finds where it was written.

import type { Diagnostics, Range } from '#hcl';
import type { ConfigNode } from '../load/node.ts';

export class Problems {
  readonly #diagnostics: Diagnostics;
  readonly #root: ConfigNode;

  constructor(diagnostics: Diagnostics, root: ConfigNode) {
    this.#diagnostics = diagnostics;
    this.#root = root;
  }

  error(path: string, message: string): void {
    this.#diagnostics.error('Invalid configuration', message, this.#where(path));
  }

  warning(path: string, message: string): void {
    this.#diagnostics.warning('Configuration', message, this.#where(path));
  }

  isSet(path: string): boolean {
    return this.#root.find(path) !== undefined;
  }

  /** `client.host_volume.data.path`, too: a name may follow the key of named blocks. */
  #where(path: string): Range | undefined {
    const plain = this.#root.find(path);
    if (plain) return plain.range;
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const name = keys.pop() ?? '';
    const group = keys.pop() ?? '';
    let node: ConfigNode | undefined = this.#root;
    for (const key of keys) node = node?.blocks.get(key);
    const found = node?.named.get(group)?.get(name);
    return found?.values.get(last)?.range ?? found?.values.values().next().value?.range;
  }
}
