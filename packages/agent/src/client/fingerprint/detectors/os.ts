// SPDX-License-Identifier: MPL-2.0
// Distribution and its version, from os-release.

import type { Fingerprinter } from '../fingerprinter.ts';

export const osFingerprinter: Fingerprinter = {
  name: 'host',
  periodMs: 0,
  async detect({ host }) {
    const text =
      (await host.readText('/etc/os-release')) ?? (await host.readText('/usr/lib/os-release')) ?? '';
    const release = parseOsRelease(text);
    const name = release.get('ID') ?? host.kernelName();
    let version = release.get('VERSION_ID') ?? '';
    // Debian's os-release knows only the major version
    if (name === 'debian') {
      const exact = (await host.readText('/etc/debian_version'))?.trim() ?? '';
      if (/^\d/.test(exact)) version = exact;
    }
    return { attributes: { 'os.name': name, ...(version === '' ? {} : { 'os.version': version }) } };
  },
};

/** `KEY=value` lines, quotes removed. */
export function parseOsRelease(text: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim());
    if (!match) continue;
    const raw = match[2] ?? '';
    const quoted = /^(["'])(.*)\1$/.exec(raw);
    out.set(match[1] ?? '', (quoted ? (quoted[2] ?? '') : raw).replace(/\\(["$`\\])/g, '$1'));
  }
  return out;
}
