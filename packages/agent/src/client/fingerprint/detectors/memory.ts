// SPDX-License-Identifier: MPL-2.0

import { parseMemInfo } from '../../host/meminfo.ts';
import type { Fingerprinter } from '../fingerprinter.ts';

const mib = 1024 * 1024;

export const memoryFingerprinter: Fingerprinter = {
  name: 'memory',
  periodMs: 0,
  async detect({ host, options }) {
    const detected = parseMemInfo((await host.readText('/proc/meminfo')) ?? '').total;
    const bytes = options.memoryTotalMb > 0 ? options.memoryTotalMb * mib : detected;
    if (bytes === 0) return {};
    return { attributes: { 'memory.totalbytes': String(bytes) }, memoryMb: Math.floor(bytes / mib) };
  },
};
