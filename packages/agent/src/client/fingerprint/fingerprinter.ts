// SPDX-License-Identifier: MPL-2.0
// One fingerprinter detects one kind of fact about the machine.

import type { NetworkResource, NodeNetworkResource } from '@serai/api';
import type { HostReader } from '../host/host-reader.ts';
import type { ClientOptions } from '../options.ts';

/** What was detected; what is missing says nothing. */
export interface Fingerprint {
  /** node attributes, e.g. `kernel.name: "linux"` */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly cpu?: {
    readonly totalMhz: number;
    readonly cores: number;
    readonly reservable: readonly number[];
  };
  readonly memoryMb?: number;
  readonly diskMb?: number;
  readonly networks?: readonly NetworkResource[];
  readonly nodeNetworks?: readonly NodeNetworkResource[];
  readonly cgroupParent?: string;
}

export interface FingerprintContext {
  readonly host: HostReader;
  readonly options: ClientOptions;
}

export interface Fingerprinter {
  /** for fingerprint.allowlist and .denylist */
  readonly name: string;
  /** Looked at again after so long; 0: once, at the start. */
  readonly periodMs: number;
  detect(context: FingerprintContext): Promise<Fingerprint>;
}

/** All that was detected, as one. Lists and numbers of a later one replace those of an earlier one. */
export function mergeFingerprints(parts: Iterable<Fingerprint>): Fingerprint {
  let merged: Fingerprint = {};
  for (const part of parts) {
    merged = { ...merged, ...part, attributes: { ...merged.attributes, ...part.attributes } };
  }
  return merged;
}
