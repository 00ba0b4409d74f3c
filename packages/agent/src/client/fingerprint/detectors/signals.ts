// SPDX-License-Identifier: MPL-2.0
// Signals that can be sent to tasks on this machine.

import { constants } from 'node:os';
import type { Fingerprinter } from '../fingerprinter.ts';

export const signalsFingerprinter: Fingerprinter = {
  name: 'signal',
  periodMs: 0,
  detect: async () => ({ attributes: { 'os.signals': Object.keys(constants.signals).sort().join(',') } }),
};
