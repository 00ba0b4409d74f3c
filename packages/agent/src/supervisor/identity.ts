// SPDX-License-Identifier: MPL-2.0
// Whom a task runs as: a user's name turned into numbers, from /etc/passwd and /etc/group.

import { readFile } from 'node:fs/promises';
import { AppError } from '#base';

export interface Identity {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** supplementary groups, the primary one among them */
  readonly groups: readonly number[];
  readonly home: string;
}

/** Most supplementary groups given to a task (the kernel takes 65,536). */
const maxGroups = 1024;

/**
 * The identity of a user given by name or number.
 * @throws AppError `invalid` when there is no such user.
 */
export function resolveIdentity(user: string, passwd: string, group: string): Identity {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  const isNumber = /^\d{1,10}$/.test(user);
  const entry =
    entries.find((fields) => fields[0] === user) ??
    (isNumber ? entries.find((fields) => fields[2] === user) : undefined);
  const [name = '', , uidText = '', gidText = '', , home = '/'] = entry ?? [];
  const uid = Number.parseInt(uidText, 10);
  const gid = Number.parseInt(gidText, 10);
  if (!entry || user === '' || Number.isNaN(uid) || Number.isNaN(gid))
    throw new AppError(
      'invalid',
      `unknown user ${JSON.stringify(user)}: it is not in /etc/passwd of this client`,
    );
  const groups = new Set([gid]);
  for (const line of group.split('\n')) {
    const [, , id = '', members = ''] = line.split(':');
    if (groups.size < maxGroups && /^\d+$/.test(id) && members.split(',').includes(name))
      groups.add(Number(id));
  }
  return { name, uid, gid, groups: [...groups], home: home === '' ? '/' : home };
}

/** As `resolveIdentity`, from this machine's files. */
export async function lookUpIdentity(user: string): Promise<Identity> {
  const [passwd, group] = await Promise.all([
    readFile('/etc/passwd', 'utf8'),
    readFile('/etc/group', 'utf8').catch(() => ''),
  ]);
  return resolveIdentity(user, passwd, group);
}
