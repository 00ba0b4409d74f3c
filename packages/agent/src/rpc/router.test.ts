// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { FileSystem_Logs, Status_Leader, Status_Ping } from '@serai/api';
import { explainUnknownStream, Router } from './router.ts';

test('a method is found by its name, calls and streams apart', () => {
  const router = new Router().handle(Status_Leader, () => '').handleStream(FileSystem_Logs, async () => {});
  assert.equal(router.find('Status.Leader')?.method, Status_Leader);
  assert.equal(router.findStream('FileSystem.Logs')?.method, FileSystem_Logs);
  assert.equal(router.find('FileSystem.Logs'), undefined);
  assert.equal(router.findStream('Status.Leader'), undefined);
  assert.deepEqual(router.methods(), ['FileSystem.Logs', 'Status.Leader']);
});

test('a method can be served only once', () => {
  const router = new Router().handle(Status_Ping, () => ({}));
  assert.throws(() => router.handle(Status_Ping, () => ({})), /"Status.Ping" is served twice/);
});

test('an unknown name is explained as net/rpc does', () => {
  const router = new Router().handle(Status_Ping, () => ({}));
  assert.equal(router.explainUnknown('Status.Nope'), "rpc: can't find method Status.Nope");
  assert.equal(router.explainUnknown('Nope.Ping'), "rpc: can't find service Nope.Ping");
  assert.equal(router.explainUnknown('NoDot'), 'rpc: service/method request ill-formed: NoDot');
  assert.equal(router.find('constructor'), undefined);
  assert.equal(explainUnknownStream('X"Y'), 'Unknown rpc method: "X\\"Y"');
});
