// SPDX-License-Identifier: MPL-2.0

/** /proc/meminfo in bytes; 0 for what it does not say. */
export interface MemInfo {
  readonly total: number;
  readonly free: number;
  readonly available: number;
}

export function parseMemInfo(text: string): MemInfo {
  const bytes = (key: string): number => {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text);
    return match ? Number(match[1]) * 1024 : 0;
  };
  const free = bytes('MemFree');
  // kernels before 3.14 have no MemAvailable
  const available = bytes('MemAvailable') || free + bytes('Buffers') + bytes('Cached');
  return { total: bytes('MemTotal'), free, available };
}
