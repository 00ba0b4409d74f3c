// SPDX-License-Identifier: MPL-2.0
// All fingerprinters in the order in which their results are laid over each other.

import type { Fingerprinter } from '../fingerprinter.ts';
import { cgroupFingerprinter } from './cgroup.ts';
import { cpuFingerprinter } from './cpu.ts';
import { hostnameFingerprinter } from './hostname.ts';
import { kernelFingerprinter } from './kernel.ts';
import { memoryFingerprinter } from './memory.ts';
import { networkFingerprinter } from './network.ts';
import { osFingerprinter } from './os.ts';
import { signalsFingerprinter } from './signals.ts';
import { storageFingerprinter } from './storage.ts';
import { versionFingerprinter } from './version.ts';

export const fingerprinters: readonly Fingerprinter[] = [
  kernelFingerprinter,
  osFingerprinter,
  hostnameFingerprinter,
  cgroupFingerprinter,
  cpuFingerprinter,
  memoryFingerprinter,
  storageFingerprinter,
  networkFingerprinter,
  signalsFingerprinter,
  versionFingerprinter,
];
