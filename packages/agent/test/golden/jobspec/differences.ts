// SPDX-License-Identifier: MPL-2.0
// Where the parser differs on purpose from the recorded output of Nomad 1.1.2, each with its reason.

export interface Difference {
  /** place in the JSON with list indexes left out */
  readonly path: RegExp;
  readonly reason: string;
}

/** Keys of 1.1.2 that later versions call otherwise, or hold elsewhere. */
export const differentKeys: readonly Difference[] = [
  { path: /\.Proxy\.ExposeConfig$/, reason: 'since 1.3 the key of the expose block is Expose' },
];

/** Keys that 1.1.2 does not have and that are not empty here. */
export const additionalKeys: readonly Difference[] = [];

/** Files that 1.1.2 refused and that are accepted here. */
export const acceptedNow: Readonly<Record<string, string>> = {
  'chatjob.nomad.hcl': 'services have a provider since 1.3',
  'fakeservice.nomad.hcl': 'proxies have a transparent_proxy block since 1.8',
};
