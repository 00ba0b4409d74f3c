// SPDX-License-Identifier: MPL-2.0
// A message without a declaration, as a tree that keeps what the bytes said: raw strings as bytes, the family and size
// of numbers. Written again it gives the same bytes, if they were written as Go's codec does.

import { MsgpackReader } from './reader.ts';
import { MsgpackWriter } from './writer.ts';

export type MsgpackNode =
  | { readonly type: 'nil' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: bigint; readonly signed: boolean }
  | { readonly type: 'float'; readonly value: number; readonly bits: 32 | 64 }
  /** string or []byte: only a declaration can tell */
  | { readonly type: 'raw'; readonly value: Buffer }
  | { readonly type: 'ext'; readonly code: number; readonly value: Buffer }
  | { readonly type: 'array'; readonly items: readonly MsgpackNode[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [MsgpackNode, MsgpackNode])[] };

export function readNode(reader: MsgpackReader): MsgpackNode {
  const byte = reader.peek();
  if (reader.nil()) return { type: 'nil' };
  if (byte === 0xc2 || byte === 0xc3) return { type: 'bool', value: reader.bool() };
  if (byte === 0xca) return { type: 'float', value: reader.float(), bits: 32 };
  if (byte === 0xcb) return { type: 'float', value: reader.float(), bits: 64 };
  if (byte <= 0x7f || byte >= 0xe0 || (byte >= 0xcc && byte <= 0xd3))
    return { type: 'int', ...reader.bigInt() };
  if (reader.isArray(byte)) return readArray(reader);
  if ((byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf) return readMap(reader);
  if ((byte >= 0xd4 && byte <= 0xd8) || (byte >= 0xc7 && byte <= 0xc9)) {
    const { code, data } = reader.ext();
    return { type: 'ext', code, value: data };
  }
  return { type: 'raw', value: reader.raw() };
}

function readArray(reader: MsgpackReader): MsgpackNode {
  reader.enter();
  const count = reader.arrayHeader();
  reader.spend(count);
  const items: MsgpackNode[] = [];
  for (let i = 0; i < count; i++) items.push(readNode(reader));
  reader.leave();
  return { type: 'array', items };
}

function readMap(reader: MsgpackReader): MsgpackNode {
  reader.enter();
  const count = reader.mapHeader();
  reader.spend(count * 2);
  const entries: [MsgpackNode, MsgpackNode][] = [];
  for (let i = 0; i < count; i++) entries.push([readNode(reader), readNode(reader)]);
  reader.leave();
  return { type: 'map', entries };
}

export function writeNode(writer: MsgpackWriter, node: MsgpackNode): void {
  if (node.type === 'nil') writer.nil();
  else if (node.type === 'bool') writer.bool(node.value);
  else if (node.type === 'int') writer.bigInt(node.value, node.signed);
  else if (node.type === 'raw') writer.raw(node.value);
  else if (node.type === 'ext') writer.ext(node.code, node.value);
  else if (node.type === 'array') {
    writer.arrayHeader(node.items.length);
    for (const item of node.items) writeNode(writer, item);
  } else if (node.type === 'map') {
    writer.mapHeader(node.entries.length);
    for (const [key, value] of node.entries) {
      writeNode(writer, key);
      writeNode(writer, value);
    }
  } else if (node.bits === 32) writer.float32(node.value);
  else writer.float(node.value);
}

/** All objects that stand one behind the other in these bytes. */
export function decodeNodes(bytes: Uint8Array): MsgpackNode[] {
  const reader = new MsgpackReader(bytes);
  const nodes: MsgpackNode[] = [];
  while (reader.remaining > 0) nodes.push(readNode(reader));
  return nodes;
}

export function encodeNodes(nodes: readonly MsgpackNode[]): Buffer {
  const writer = new MsgpackWriter();
  for (const node of nodes) writeNode(writer, node);
  return writer.finish();
}
