// SPDX-License-Identifier: MPL-2.0
import type { Fingerprinter } from '../fingerprinter.ts';

export const hostnameFingerprinter: Fingerprinter = {
  name: 'host',
  periodMs: 0,
  detect: async ({ host }) => ({ attributes: { 'unique.hostname': host.hostname() } }),
};
