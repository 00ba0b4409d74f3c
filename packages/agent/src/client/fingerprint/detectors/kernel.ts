// SPDX-License-Identifier: MPL-2.0
import type { Fingerprinter } from '../fingerprinter.ts';

export const kernelFingerprinter: Fingerprinter = {
  name: 'host',
  periodMs: 0,
  detect: async ({ host }) => ({
    attributes: {
      'kernel.name': host.kernelName(),
      'kernel.version': host.kernelVersion(),
      'kernel.arch': host.machine(),
    },
  }),
};
