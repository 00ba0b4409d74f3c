// SPDX-License-Identifier: MPL-2.0
// Persistent B+tree from text keys to values: a copy is one reference, a change copies only the path to it, keys are in
// order (UTF-16 code units). Within one edit the copied nodes are changed in place, so loading is fast.

/** Owner of nodes that may be changed in place. A new object per edit. */
export type Edit = { readonly open: true };

export function newEdit(): Edit {
  return { open: true };
}

interface Leaf<T> {
  /** owner of `values`; undefined: shared */
  edit: Edit | undefined;
  /** owner of `keys`: nodes that differ only in values share their keys */
  keysEdit: Edit | undefined;
  keys: string[];
  values: T[];
  children: undefined;
}
interface Inner<T> {
  edit: Edit | undefined;
  keysEdit: Edit | undefined;
  /** smallest key below each child */
  keys: string[];
  children: Node<T>[];
  /** all values below in order, made on first request */
  flat: readonly T[] | undefined;
}
type Node<T> = Leaf<T> | Inner<T>;

/** Entries per node. Larger: fewer levels, more copying per change. 64 gives 4 levels at a million entries. */
const maxEntries = 64;
/** Nodes below this are merged with a neighbour that has room. */
const minEntries = 16;

const none: readonly never[] = Object.freeze([]);

export class Tree<T> {
  readonly size: number;
  readonly #root: Node<T> | undefined;

  private constructor(root: Node<T> | undefined, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<T>(): Tree<T> {
    return new Tree<T>(undefined, 0);
  }

  get(key: string): T | undefined {
    let node = this.#root;
    if (!node) return undefined;
    while (node.children) node = node.children[childFor(node.keys, key)] as Node<T>;
    const at = lowerBound(node.keys, key);
    return node.keys[at] === key ? node.values[at] : undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: T, edit?: Edit): Tree<T> {
    if (!this.#root) return new Tree<T>(leaf(edit, [key], [value]), 1);
    const result = insert(this.#root, key, value, edit);
    let root = result.node;
    if (result.split) {
      root = inner(edit, [smallest(root), smallest(result.split)], [root, result.split]);
    }
    return new Tree<T>(root, this.size + (result.added ? 1 : 0));
  }

  delete(key: string, edit?: Edit): Tree<T> {
    if (!this.#root || !this.has(key)) return this;
    let root = remove(this.#root, key, edit);
    while (root?.children?.length === 1) root = root.children[0];
    return new Tree<T>(root, this.size - 1);
  }

  /** All values in key order. The same array as long as the tree is the same: good for caches. */
  values(): readonly T[] {
    return this.#root ? valuesOf(this.#root) : none;
  }

  /** Entries with key >= from, in order; all without it. */
  *entries(from?: string): Generator<[string, T]> {
    if (!this.#root) return;
    yield* walk(this.#root, from);
  }

  /** Entries in falling order with key <= from; all without it. */
  *reversed(from?: string): Generator<[string, T]> {
    if (!this.#root) return;
    yield* walkBack(this.#root, from);
  }

  *keys(from?: string): Generator<string> {
    for (const [key] of this.entries(from)) yield key;
  }

  /** Entries whose key starts with the prefix, in order. */
  *prefix(prefix: string): Generator<[string, T]> {
    for (const entry of this.entries(prefix)) {
      if (!entry[0].startsWith(prefix)) return;
      yield entry;
    }
  }
}

function leaf<T>(edit: Edit | undefined, keys: string[], values: T[]): Leaf<T> {
  return { edit, keysEdit: edit, keys, values, children: undefined };
}

function inner<T>(edit: Edit | undefined, keys: string[], children: Node<T>[]): Inner<T> {
  return { edit, keysEdit: edit, keys, children, flat: undefined };
}

function smallest<T>(node: Node<T>): string {
  return node.keys[0] ?? '';
}

/** First position whose key is >= key. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((keys[mid] as string) < key) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Child whose range holds the key: the last one that starts at or before it. */
function childFor(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((keys[mid] as string) <= key) low = mid + 1;
    else high = mid;
  }
  return Math.max(0, low - 1);
}

function ownLeaf<T>(node: Leaf<T>, edit: Edit | undefined): Leaf<T> {
  if (edit && node.edit === edit) return node;
  return { edit, keysEdit: undefined, keys: node.keys, values: node.values.slice(), children: undefined };
}

function ownInner<T>(node: Inner<T>, edit: Edit | undefined): Inner<T> {
  if (edit && node.edit === edit) {
    node.flat = undefined;
    return node;
  }
  return { edit, keysEdit: undefined, keys: node.keys, children: node.children.slice(), flat: undefined };
}

/** The keys of a node that is owned already, to be changed in place. */
function ownKeys<T>(own: Node<T>, edit: Edit | undefined): string[] {
  if (edit && own.keysEdit === edit) return own.keys;
  own.keys = own.keys.slice();
  own.keysEdit = edit;
  return own.keys;
}

interface Inserted<T> {
  readonly node: Node<T>;
  readonly split: Node<T> | undefined;
  readonly added: boolean;
}

function insert<T>(node: Node<T>, key: string, value: T, edit: Edit | undefined): Inserted<T> {
  return node.children ? insertInner(node, key, value, edit) : insertLeaf(node, key, value, edit);
}

function insertLeaf<T>(node: Leaf<T>, key: string, value: T, edit: Edit | undefined): Inserted<T> {
  const at = lowerBound(node.keys, key);
  const own = ownLeaf(node, edit);
  if (own.keys[at] === key) {
    own.values[at] = value;
    return { node: own, split: undefined, added: false };
  }
  const keys = ownKeys(own, edit);
  keys.splice(at, 0, key);
  own.values.splice(at, 0, value);
  if (keys.length <= maxEntries) return { node: own, split: undefined, added: true };
  const cut = splitAt(at, keys.length);
  const right = leaf(edit, keys.splice(cut), own.values.splice(cut));
  return { node: own, split: right, added: true };
}

/** In the middle, but keep full nodes when keys come in rising order (loading, padded indexes). */
function splitAt(inserted: number, length: number): number {
  return inserted === length - 1 ? length - 1 : length >>> 1;
}

function insertInner<T>(node: Inner<T>, key: string, value: T, edit: Edit | undefined): Inserted<T> {
  const at = childFor(node.keys, key);
  const result = insert(node.children[at] as Node<T>, key, value, edit);
  const own = ownInner(node, edit);
  setChild(own, { at, child: result.node, edit });
  if (!result.split) return { node: own, split: undefined, added: result.added };
  const keys = ownKeys(own, edit);
  own.children.splice(at + 1, 0, result.split);
  keys.splice(at + 1, 0, smallest(result.split));
  if (keys.length <= maxEntries) return { node: own, split: undefined, added: result.added };
  const cut = splitAt(at + 1, keys.length);
  const right = inner(edit, keys.splice(cut), own.children.splice(cut));
  return { node: own, split: right, added: result.added };
}

function setChild<T>(
  own: Inner<T>,
  { at, child, edit }: { at: number; child: Node<T>; edit: Edit | undefined },
): void {
  own.children[at] = child;
  const first = smallest(child);
  if (own.keys[at] !== first) ownKeys(own, edit)[at] = first;
}

/** The node without the key; undefined when nothing is left. The key must be there. */
function remove<T>(node: Node<T>, key: string, edit: Edit | undefined): Node<T> | undefined {
  if (!node.children) {
    const at = lowerBound(node.keys, key);
    const own = ownLeaf(node, edit);
    ownKeys(own, edit).splice(at, 1);
    own.values.splice(at, 1);
    return own.keys.length > 0 ? own : undefined;
  }
  const at = childFor(node.keys, key);
  const child = remove(node.children[at] as Node<T>, key, edit);
  const own = ownInner(node, edit);
  if (!child) {
    own.children.splice(at, 1);
    ownKeys(own, edit).splice(at, 1);
    return own.children.length > 0 ? own : undefined;
  }
  setChild(own, { at, child, edit });
  if (child.keys.length < minEntries) mergeWithNeighbour(own, at, edit);
  return own;
}

function mergeWithNeighbour<T>(parent: Inner<T>, at: number, edit: Edit | undefined): void {
  const first = at + 1 < parent.children.length ? at : at - 1;
  const left = parent.children[first];
  const right = parent.children[first + 1];
  if (!left || !right || left.keys.length + right.keys.length > maxEntries) return;
  const keys = left.keys.concat(right.keys);
  const merged: Node<T> =
    left.children && right.children
      ? inner(edit, keys, left.children.concat(right.children))
      : leaf(edit, keys, (left as Leaf<T>).values.concat((right as Leaf<T>).values));
  parent.children.splice(first, 2, merged);
  ownKeys(parent, edit).splice(first, 2, smallest(merged));
}

function valuesOf<T>(node: Node<T>): readonly T[] {
  if (!node.children) {
    // The array goes to a reader: the next change must copy it.
    node.edit = undefined;
    return node.values;
  }
  if (!node.flat) {
    const flat: T[] = [];
    collect(node, flat);
    node.flat = flat;
  }
  return node.flat;
}

function collect<T>(node: Node<T>, into: T[]): void {
  if (node.children) for (const child of node.children) collect(child, into);
  else for (const value of node.values) into.push(value);
}

function* walk<T>(node: Node<T>, from: string | undefined): Generator<[string, T]> {
  if (node.children) {
    const start = from === undefined ? 0 : childFor(node.keys, from);
    const { children } = node;
    for (let i = start; i < children.length; i++)
      yield* walk(children[i] as Node<T>, i === start ? from : undefined);
    return;
  }
  const { keys, values } = node;
  for (let i = from === undefined ? 0 : lowerBound(keys, from); i < keys.length; i++)
    yield [keys[i] as string, values[i] as T];
}

function* walkBack<T>(node: Node<T>, from: string | undefined): Generator<[string, T]> {
  if (node.children) {
    const { children } = node;
    const start = from === undefined ? children.length - 1 : childFor(node.keys, from);
    for (let i = start; i >= 0; i--) yield* walkBack(children[i] as Node<T>, i === start ? from : undefined);
    return;
  }
  const { keys, values } = node;
  let start = keys.length - 1;
  if (from !== undefined) {
    start = lowerBound(keys, from);
    if (keys[start] !== from) start -= 1;
  }
  for (let i = start; i >= 0; i--) yield [keys[i] as string, values[i] as T];
}
