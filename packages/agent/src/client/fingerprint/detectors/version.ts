// SPDX-License-Identifier: MPL-2.0
// What version this client is, in Nomad's terms and in our own.

import type { Fingerprinter } from '../fingerprinter.ts';

/** The version of Nomad whose behaviour this client has. Job files constrain on it (`attr.nomad.version`). */
export const nomadCompatVersion = '1.6.5';

export const versionFingerprinter: Fingerprinter = {
  name: 'nomad',
  periodMs: 0,
  detect: async ({ options }) => ({
    attributes: {
      'nomad.version': nomadCompatVersion,
      'nomad.advertise.address': options.httpAddr,
      'serai.version': options.version,
    },
  }),
};
