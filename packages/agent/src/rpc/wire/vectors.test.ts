// SPDX-License-Identifier: MPL-2.0
// Messages recorded between two agents of the original: all read, and written again they are the same bytes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import * as api from '@serai/api';
import {
  decodeMsgpack,
  decodeNodes,
  encodeMsgpack,
  encodeNodes,
  type MsgpackNode,
  MsgpackReader,
  readMsgpack,
} from '#base';
import { RequestHeader, ResponseHeader, StreamingAck, StreamingRequest } from './envelope.ts';

const folder = join(import.meta.dirname, '../../../test/fixtures/rpc');
const files = readdirSync(folder);
const load = (name: string): Buffer => readFileSync(join(folder, name));

const methods = new Map<string, api.RpcMethod>();
const streams = new Map<string, api.StreamMethod>();
for (const value of Object.values(api) as unknown[]) {
  if (typeof value !== 'object' || value === null || !('name' in value)) continue;
  if ('reply' in value) methods.set(String(value.name), value as api.RpcMethod);
  if ('failure' in value) streams.set(String(value.name), value as api.StreamMethod);
}

/** Recorded calls that no issue has declared a method for yet. */
const undeclared = new Set(['Agent.Profile', 'Event.Stream']);

function call(name: string): { method: string; header: unknown; body: Buffer; reader: MsgpackReader } {
  const bytes = load(name);
  const reader = new MsgpackReader(bytes);
  const header = readMsgpack(
    reader,
    name.endsWith('.req.bin') ? RequestHeader : ResponseHeader,
  ) as unknown as { ServiceMethod: string };
  return { method: header.ServiceMethod, header, body: bytes.subarray(reader.position), reader };
}

function messages(): { name: string; bytes: Buffer }[] {
  return files
    .filter((name) => /\.(req|res|rx|tx)\.bin$/.test(name))
    .map((name) => {
      const bytes = load(name);
      if (name === 'tcp_Operator_SnapshotSave.rx.bin') {
        // A gzip archive follows the only object.
        return { name, bytes: bytes.subarray(0, bytes.indexOf('1f8b', 0, 'hex')) };
      }
      // Sent streams start with the selector byte.
      return { name, bytes: name.endsWith('.tx.bin') ? bytes.subarray(1) : bytes };
    });
}

test('every recorded message decodes and encodes to the same bytes', () => {
  const all = messages();
  assert.ok(all.length > 80, `${all.length} messages`);
  for (const { name, bytes } of all) {
    assert.ok(encodeNodes(decodeNodes(bytes)).equals(bytes), name);
  }
});

/** What a node says, without what Go's encoder chose freely: the order of keys, and zero left out or not. */
function meaning(node: MsgpackNode): unknown {
  if (node.type === 'map') {
    const out: Record<string, unknown> = {};
    for (const [key, value] of node.entries) {
      const text = meaning(value);
      if (key.type === 'raw' && !isZero(text)) out[key.value.toString()] = text;
    }
    return out;
  }
  if (node.type === 'array') return node.items.map(meaning);
  if (node.type === 'nil') return null;
  if (node.type === 'raw') {
    // A local zone that equals UTC is written as UTC.
    const isTime = node.value.length === 15 && node.value[0] === 1;
    return (isTime ? node.value.subarray(0, 13) : node.value).toString('latin1');
  }
  // A double holds 53 bits: nanoseconds lose their last digits.
  if (node.type === 'int') return Number(node.value);
  return node.value;
}

function isZero(value: unknown): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  if (typeof value === 'string') return /^\u0001\0{12}$/.test(value);
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Keys that only the 1.1 line sends. */
const gone = ['Total'];

function withoutGone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutGone);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !gone.includes(key))
      .map(([key, item]) => [key, withoutGone(item)]),
  );
}

test('the declared requests and replies lose nothing of what was recorded', () => {
  let compared = 0;
  for (const name of files.filter((file) => /\.(req|res)\.bin$/.test(file))) {
    const { method, header, body } = call(name);
    if (undeclared.has(method)) continue;
    if ((header as { Error?: string }).Error) {
      assert.equal(body.toString('hex'), '80', name);
      continue;
    }
    const declared = methods.get(method);
    assert.ok(declared, `method ${method} is declared`);
    const shape = name.endsWith('.req.bin') ? declared.request : declared.reply;
    const again = encodeMsgpack(shape, decodeMsgpack(shape, body));
    const [expected] = decodeNodes(body).map((node) => withoutGone(meaning(node)));
    assert.deepEqual(withoutGone(decodeNodes(again).map(meaning)[0]), expected, name);
    compared += 1;
  }
  assert.ok(compared >= 60, `${compared} messages compared`);
});

test('recorded streams read by their declared shapes', () => {
  let frames = 0;
  for (const name of files.filter((file) => file.endsWith('.tx.bin'))) {
    const sent = new MsgpackReader(load(name).subarray(1));
    const received = load(name.replace('.tx.', '.rx.'));
    const answer = new MsgpackReader(received);
    const { Method } = readMsgpack(sent, StreamingRequest);
    assert.equal(readMsgpack(answer, StreamingAck).Error, '');
    if (undeclared.has(Method)) continue;
    const method = streams.get(Method);
    assert.ok(method, `streaming method ${Method} is declared`);
    const request = readMsgpack(sent, method.request) as { Region: string };
    assert.equal(request.Region, 'global', name);
    while (method.send && sent.remaining > 0) {
      readMsgpack(sent, method.send);
      frames += 1;
    }
    assert.equal(sent.remaining, 0, name);
    if (method.rawTail) {
      const first = readMsgpack(answer, api.SnapshotSaveResponse);
      assert.match(first.SnapshotChecksum, /^sha-256=/);
      assert.equal(received.subarray(answer.position).readUInt16BE(0), 0x1f8b, 'gzip follows');
      continue;
    }
    for (; answer.remaining > 0; frames += 1) readMsgpack(answer, method.receive);
  }
  assert.ok(frames > 20, `${frames} frames`);
});

test('a recorded registration has the expected fields', () => {
  const { header, body } = call('Node_Register.1.req.bin');
  assert.deepEqual(header, { Seq: 2, ServiceMethod: 'Node.Register' });
  const request = decodeMsgpack(api.Node_Register.request, body);
  assert.equal(request.Region, 'global');
  const node = request.Node;
  assert.equal(node?.Datacenter, 'dc1');
  assert.equal(node?.Status, 'initializing');
  assert.equal(node?.NodePool, '');
  assert.equal(node?.Drivers?.['raw_exec']?.UpdateTime, '2026-11-22T01:31:48.397709549Z');
  assert.equal(node?.NodeResources?.Networks?.[0]?.DNS, null);
  assert.equal(node?.Resources?.DiskMB, 66_796);
  assert.equal(node?.Links, null);
});

test('recorded answers have the expected fields', () => {
  const heartbeat = decodeMsgpack(api.NodeUpdateResponse, call('Node_UpdateStatus.1.res.bin').body);
  assert.equal(heartbeat.HeartbeatTTL, 9_794_305_411);
  assert.equal(heartbeat.LeaderRPCAddr, '127.0.0.1:24747');
  assert.deepEqual(heartbeat.Servers, [
    { RPCAdvertiseAddr: '127.0.0.1:24747', RPCMajorVersion: 1, RPCMinorVersion: 1, Datacenter: 'dc1' },
  ]);
  const allocs = decodeMsgpack(api.Alloc_GetAllocs.reply, call('Alloc_GetAllocs.1.res.bin').body).Allocs;
  const alloc = allocs?.[0];
  assert.equal(alloc?.DesiredStatus, 'run');
  assert.equal(alloc?.ClientStatus, 'pending');
  assert.equal(alloc?.Job?.TaskGroups?.[0]?.Tasks?.[0]?.Driver, 'raw_exec');
  assert.equal(alloc?.AllocModifyIndex, 11);
  assert.equal(alloc?.TaskStates, null);
  const updates = decodeMsgpack(api.Node_UpdateAlloc.request, call('Node_UpdateAlloc.1.req.bin').body);
  const state = Object.values(updates.Alloc?.[0]?.TaskStates ?? {})[0];
  assert.ok(state?.Events && state.Events.length > 0);
  assert.equal(state.LastRestart, '0001-01-01T00:00:00Z');
  assert.equal(updates.Evals, null);
  const files = decodeMsgpack(api.FileSystem_List.reply, call('FileSystem_List.1.res.bin').body).Files;
  assert.deepEqual(files?.[3], {
    Name: 't.stdout.0',
    IsDir: false,
    Size: 566,
    FileMode: '-rw-r--r--',
    ModTime: files?.[3]?.ModTime,
  });
  assert.deepEqual(decodeMsgpack(api.Status_Peers.reply, call('Status_Peers.1.res.bin').body), [
    '127.0.0.1:24747',
  ]);
  const error = call('Node_List.1.res.bin');
  assert.equal((error.header as { Error: string }).Error, 'No path to region');
});

test('headers are written as recorded', () => {
  for (const name of files.filter((file) => /\.(req|res)\.bin$/.test(file))) {
    const { header, body } = call(name);
    const shape = name.endsWith('.req.bin') ? RequestHeader : ResponseHeader;
    const bytes = load(name);
    const expected = bytes.subarray(0, bytes.length - body.length);
    assert.ok(encodeMsgpack<unknown>(shape, header).equals(expected), name);
  }
});
