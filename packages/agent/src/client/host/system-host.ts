// SPDX-License-Identifier: MPL-2.0
// The real machine.

import { open, readdir, statfs } from 'node:fs/promises';
import { hostname, machine, networkInterfaces, release, type } from 'node:os';
import type { FileSystemUsage, HostAddress, HostReader } from './host-reader.ts';

/** Most bytes taken from one file: /proc/cpuinfo of a large machine has about 500 KiB. */
const maxTextBytes = 4 * 1024 * 1024;

export const systemHost: HostReader = {
  readText,
  list: async (path) => {
    try {
      return await readdir(path);
    } catch {
      return [];
    }
  },
  usage,
  addresses,
  hostname: () => hostname(),
  kernelName: () => type().toLowerCase(),
  kernelVersion: () => release(),
  machine: () => machine(),
};

/** Files of /proc tell size 0: read until the end, or the limit. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const chunks: Buffer[] = [];
      let total = 0;
      while (total < maxTextBytes) {
        const chunk = Buffer.alloc(Math.min(64 * 1024, maxTextBytes - total));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) break;
        chunks.push(chunk.subarray(0, bytesRead));
        total += bytesRead;
      }
      return Buffer.concat(chunks).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

async function usage(path: string): Promise<FileSystemUsage | undefined> {
  try {
    const s = await statfs(path);
    return {
      size: s.blocks * s.bsize,
      free: s.bfree * s.bsize,
      available: s.bavail * s.bsize,
      inodes: s.files,
      inodesFree: s.ffree,
    };
  } catch {
    return undefined;
  }
}

function addresses(): readonly HostAddress[] {
  const out: HostAddress[] = [];
  for (const [name, list] of Object.entries(networkInterfaces())) {
    for (const entry of list ?? []) {
      out.push({
        interface: name,
        address: entry.address,
        prefix: Number(entry.cidr?.split('/')[1] ?? (entry.family === 'IPv4' ? 32 : 128)),
        family: entry.family === 'IPv4' ? 'ipv4' : 'ipv6',
        mac: entry.mac,
        internal: entry.internal,
      });
    }
  }
  return out;
}
