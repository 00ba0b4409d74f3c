// SPDX-License-Identifier: MPL-2.0
import type { EntryKind } from '#base';

const letters: Readonly<Record<EntryKind, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'L',
  fifo: 'p',
  socket: 'S',
  device: 'D',
};

/** Kind and permission bits as Go prints them: `-rw-r--r--`, `drwxrwxrwx`, `prw-------`. */
export function formatFileMode(kind: EntryKind, mode: number): string {
  const special = `${mode & 0o4000 ? 'u' : ''}${mode & 0o2000 ? 'g' : ''}${mode & 0o1000 && kind !== 'directory' ? 't' : ''}`;
  const sticky = mode & 0o1000 && kind === 'directory' ? 't' : '';
  const prefix = `${kind === 'file' ? '' : letters[kind]}${special}${sticky}`;
  const bits = [6, 3, 0].map((shift) => {
    const part = (mode >> shift) & 7;
    return `${part & 4 ? 'r' : '-'}${part & 2 ? 'w' : '-'}${part & 1 ? 'x' : '-'}`;
  });
  return `${prefix === '' ? '-' : prefix}${bits.join('')}`;
}
