// SPDX-License-Identifier: MPL-2.0
// /proc/self/mountinfo.

export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  /** options of the file system (not of the mount) */
  readonly superOptions: readonly string[];
}

export function parseMountInfo(text: string): Mount[] {
  const out: Mount[] = [];
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ');
    if (left === undefined || right === undefined) continue;
    const mountPoint = left.split(' ')[4];
    const [type, source, options] = right.split(' ');
    if (mountPoint === undefined || type === undefined || source === undefined) continue;
    out.push({
      mountPoint: unescapePath(mountPoint),
      type,
      source: unescapePath(source),
      superOptions: (options ?? '').split(','),
    });
  }
  return out;
}

/** The mount that holds a path: the longest mount point above it, the last one when mounted twice. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    if (path !== mount.mountPoint && !path.startsWith(prefix)) continue;
    if (!best || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

/** The kernel writes space, tab, newline and backslash as octal. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
