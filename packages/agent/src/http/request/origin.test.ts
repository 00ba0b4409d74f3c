// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, routes } from '@serai/api';
import { checkOrigin } from './origin.ts';

const register = routes.jobs.register as Route;
const host = 'nomad.example:4646';

test('programs send no origin and pass', () => {
  checkOrigin('PUT', { host }, register);
  checkOrigin('PUT', { host, origin: '' }, register);
});

test('the own page passes, also behind a proxy that changed the host', () => {
  checkOrigin('PUT', { host, origin: `http://${host}` }, register);
  checkOrigin('PUT', { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }, register);
  checkOrigin(
    'PUT',
    { host: '10.0.0.1:4646', origin: 'https://ui.example', 'x-forwarded-host': 'ui.example' },
    register,
  );
});

test('a page of elsewhere may not change anything', () => {
  const refused = { status: 403, message: 'a page of another origin may not change anything here' };
  for (const origin of [
    'https://evil.example',
    'null',
    `http://${host}.evil.example`,
    'http://nomad.example',
  ])
    assert.throws(() => checkOrigin('POST', { host, origin }, register), refused, origin);
  assert.throws(() => checkOrigin('PUT', { host, 'sec-fetch-site': 'cross-site' }, register), refused);
});

test('what changes something is protected under GET as well; reading is free', () => {
  const origin = 'https://evil.example';
  assert.throws(() => checkOrigin('GET', { host, origin }, routes.client.gc as Route), { status: 403 });
  assert.throws(() => checkOrigin('GET', { host, origin }, routes.client.allocRestart as Route), {
    status: 403,
  });
  checkOrigin('GET', { host, origin }, routes.fs.logs as Route);
});
