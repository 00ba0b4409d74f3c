// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlags } from '../flags.ts';
import { type ApiSettings, apiFlags, apiSettings } from './settings.ts';

const settings = (argv: readonly string[], env: Record<string, string> = {}): ApiSettings =>
  apiSettings(parseFlags(apiFlags, argv).flags, env);

test('without anything said it is the agent on this machine', () => {
  assert.deepEqual(settings([]), {
    address: 'http://127.0.0.1:4646',
    region: '',
    namespace: '',
    token: '',
    httpAuth: '',
  });
});

test('flags win over the environment', () => {
  const env = { NOMAD_ADDR: 'http://a:1', NOMAD_REGION: 'r1', NOMAD_NAMESPACE: 'n1', NOMAD_TOKEN: 't1' };
  assert.deepEqual(settings([], { ...env, NOMAD_HTTP_AUTH: 'u:p' }), {
    address: 'http://a:1',
    region: 'r1',
    namespace: 'n1',
    token: 't1',
    httpAuth: 'u:p',
  });
  const flags = ['-address', 'https://b:2/x/', '-region=r2', '-namespace=*', '-token', 't2'];
  assert.deepEqual(settings(flags, env), {
    address: 'https://b:2/x',
    region: 'r2',
    namespace: '*',
    token: 't2',
    httpAuth: '',
  });
});

test('an address without a scheme is http, an empty variable is none', () => {
  assert.equal(settings(['-address=host:4646']).address, 'http://host:4646');
  assert.equal(settings([], { NOMAD_ADDR: '' }).address, 'http://127.0.0.1:4646');
  assert.equal(settings(['-address=unix:///run/s.sock']).address, 'unix:///run/s.sock');
});
