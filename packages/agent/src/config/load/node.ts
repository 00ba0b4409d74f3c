// SPDX-License-Identifier: MPL-2.0
// What files, environment and flags say, before defaults: a tree of values that know where they come from.

import type { Range } from '#hcl';

export interface Entry {
  readonly value: unknown;
  /** A place in a file, or in the text of an option or a variable. */
  readonly range: Range;
}

/** One block. The fields of its shape say what the values are. */
export class ConfigNode {
  readonly values = new Map<string, Entry>();
  readonly blocks = new Map<string, ConfigNode>();
  readonly named = new Map<string, Map<string, ConfigNode>>();

  block(key: string): ConfigNode {
    const known = this.blocks.get(key);
    if (known) return known;
    const node = new ConfigNode();
    this.blocks.set(key, node);
    return node;
  }

  namedBlock(key: string, name: string): ConfigNode {
    const group = this.named.get(key) ?? new Map<string, ConfigNode>();
    this.named.set(key, group);
    const known = group.get(name);
    if (known) return known;
    const node = new ConfigNode();
    group.set(name, node);
    return node;
  }

  /** The entry at `client.reserved.cpu`. */
  find(path: string): Entry | undefined {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let node: ConfigNode | undefined = this;
    for (const key of keys) node = node?.blocks.get(key);
    return node?.values.get(last);
  }
}
