// SPDX-License-Identifier: MPL-2.0
// The kernel's list notation: "0-3,8".

/** Highest core number accepted, so that "0-4000000000" is no list. */
const maxCore = 65_535;

/** Numbers in order; empty when the text is no list. */
export function parseCoreList(text: string): number[] {
  const out: number[] = [];
  for (const part of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (!match) return [];
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (to < from || to > maxCore) return [];
    for (let core = from; core <= to; core++) out.push(core);
  }
  return out;
}
