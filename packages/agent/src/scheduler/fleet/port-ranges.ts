// SPDX-License-Identifier: MPL-2.0
// The text form of reserved ports: `22,80,8500-8600`.

/** Highest port number. */
export const maxPort = 65_535;

/** Numbers of a list of ports and ranges. What can't be read or is out of range is left out: it can't be taken. */
export function parsePortRanges(text: string): readonly number[] {
  if (text === '') return none;
  const ports = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first] = part.split('-', 2);
    const from = toPort(first);
    const to = toPort(last);
    if (from === undefined || to === undefined) continue;
    for (let port = from; port <= to; port++) ports.add(port);
  }
  return [...ports];
}

const none: readonly number[] = [];

function toPort(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{1,5}$/.test(trimmed)) return undefined;
  const port = Number(trimmed);
  return port <= maxPort ? port : undefined;
}
