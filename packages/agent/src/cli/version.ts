// SPDX-License-Identifier: MPL-2.0
// Which Serai this is, and which Nomad it speaks.

export const seraiVersion = '0.1.0';

/** Version of Nomad's API, protocols and files that this one implements; agents announce it to each other. */
export const nomadVersion = '1.6.5';

export function versionText(): string {
  return `Serai v${seraiVersion}\nSpeaks Nomad v${nomadVersion}`;
}
