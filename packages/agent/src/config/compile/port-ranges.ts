// SPDX-License-Identifier: MPL-2.0
// Lists of ports: "22,80,8500-8600".

/** The ports, sorted, or what is wrong with the text. */
export function parsePorts(text: string): readonly number[] | string {
  const ports = new Set<number>();
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (!match) return `${JSON.stringify(part)} is no port and no range of ports`;
    const low = Number(match[1]);
    const high = match[2] === undefined ? low : Number(match[2]);
    if (low > high) return `invalid range: starting value (${low}) greater than ending (${high}) value`;
    if (low < 1 || high > 65_535) return `port must be between 1 and 65535 but found ${part}`;
    for (let port = low; port <= high; port++) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}
