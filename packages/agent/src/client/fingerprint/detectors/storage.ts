// SPDX-License-Identifier: MPL-2.0
// The disk that holds the allocations.

import { mountOf, parseMountInfo } from '../../host/mounts.ts';
import type { Fingerprinter } from '../fingerprinter.ts';

const mib = 1024 * 1024;

export const storageFingerprinter: Fingerprinter = {
  name: 'storage',
  periodMs: 0,
  async detect({ host, options }) {
    const usage = await host.usage(options.allocDir);
    if (!usage) return {};
    const total = options.diskTotalMb > 0 ? options.diskTotalMb * mib : usage.size;
    const free = options.diskFreeMb > 0 ? options.diskFreeMb * mib : Math.min(usage.available, total);
    const mounts = parseMountInfo((await host.readText('/proc/self/mountinfo')) ?? '');
    return {
      attributes: {
        'unique.storage.volume': mountOf(mounts, options.allocDir)?.source ?? '',
        'unique.storage.bytestotal': String(total),
        'unique.storage.bytesfree': String(free),
      },
      // what can be promised is what is free, not the size
      diskMb: Math.floor(free / mib),
    };
  },
};
