// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '#base';
import { connectionError, connectionFailure, fromWireText, toWireText } from './wire-error.ts';

test('a status travels at the start of the text', () => {
  assert.equal(toWireText(new AppError('not-found', 'job not found')), 'RPC Error:: 404,job not found');
  assert.equal(toWireText(new AppError('denied', 'Permission denied')), 'RPC Error:: 403,Permission denied');
});

test('status 500 travels as plain text, as real agents send and match it', () => {
  assert.equal(toWireText(new AppError('unavailable', 'No cluster leader')), 'No cluster leader');
  assert.equal(toWireText(new AppError('internal', 'disk full')), 'disk full');
});

test('what was coded comes back with code, status and message', () => {
  for (const code of ['invalid', 'unauthenticated', 'denied', 'not-found', 'conflict', 'limit'] as const) {
    const error = new AppError(code, 'a, b: c');
    const back = fromWireText(toWireText(error), { hop: true });
    assert.deepEqual([back.code, back.status, back.message], [code, error.status, 'a, b: c']);
  }
});

test('plain texts get the prefix of the hop, coded ones do not', () => {
  assert.equal(fromWireText('disk full', { hop: true }).message, 'rpc error: disk full');
  assert.equal(fromWireText('disk full').message, 'disk full');
  assert.equal(fromWireText('RPC Error:: 400,bad name', { hop: true }).message, 'bad name');
});

test('a status in the middle of a text is no status', () => {
  const back = fromWireText('rpc error: RPC Error:: 404,x');
  assert.deepEqual([back.code, back.status], ['internal', 500]);
});

test('texts that real servers send plain keep their meaning', () => {
  const codeOf = (text: string): string => fromWireText(text).code;
  assert.equal(codeOf('rpc error: No cluster leader'), 'unavailable');
  assert.equal(codeOf('No path to region'), 'unavailable');
  assert.equal(codeOf('No path to node'), 'not-found');
  assert.equal(codeOf('rpc error: Permission denied'), 'denied');
  assert.equal(codeOf("rpc: can't find method Status.Nope"), 'unsupported');
  assert.equal(codeOf('Unknown rpc method: "X"'), 'unsupported');
  assert.equal(codeOf('Permission denied by policy'), 'internal');
});

test('connection errors say whether the call may have been received', () => {
  assert.equal(connectionFailure(connectionError('dial', 'refused')), 'dial');
  assert.equal(connectionFailure(connectionError('lost', 'EOF')), 'lost');
  assert.equal(connectionFailure(new AppError('unavailable', 'No cluster leader')), undefined);
  assert.equal(connectionFailure(new Error('EOF')), undefined);
});
