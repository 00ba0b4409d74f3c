// SPDX-License-Identifier: MPL-2.0

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#base';
import { lookUpIdentity, resolveIdentity } from './identity.ts';

const passwd = `root:x:0:0:root:/root:/bin/bash
web:x:1000:1001:Web,,,:/home/web:/bin/sh
1000:x:2000:2000:a name of digits:/home/digits:/bin/sh
nohome:x:3000:3000:::
broken:x
negative:x:-5:-5::/:
`;
const group = `root:x:0:
web:x:1001:
docker:x:998:web,other
www:x:33:other
many:x:44:root,web
bad:x:abc:web
`;

test('a name gives numbers, home and all groups with the primary one first', () => {
  assert.deepEqual(resolveIdentity('web', passwd, group), {
    name: 'web',
    uid: 1000,
    gid: 1001,
    groups: [1001, 998, 44],
    home: '/home/web',
  });
  assert.deepEqual(resolveIdentity('root', passwd, group).groups, [0, 44]);
  assert.equal(resolveIdentity('nohome', passwd, group).home, '/');
});

test('a number is a name first, then an id', () => {
  assert.equal(resolveIdentity('1000', passwd, group).uid, 2000);
  assert.equal(resolveIdentity('3000', passwd, group).name, 'nohome');
});

test('who is not there is named in the error', () => {
  for (const user of ['nobody-here', '', '424242', 'broken', ':', 'web\nroot'])
    assert.throws(
      () => resolveIdentity(user, passwd, group),
      (error: unknown) =>
        error instanceof AppError && error.message.includes(`unknown user ${JSON.stringify(user)}`),
    );
});

test('no text of these files makes anybody root who is not', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (user, passwdText, groupText) => {
      try {
        const identity = resolveIdentity(user, passwdText, groupText);
        assert.ok(Number.isInteger(identity.uid) && Number.isInteger(identity.gid));
        if (identity.uid === 0) assert.match(passwdText, /:0+:/);
      } catch (error) {
        assert.ok(error instanceof AppError);
      }
    }),
  );
});

test('root is known on this machine', async () => {
  assert.equal((await lookUpIdentity('root')).uid, 0);
});
