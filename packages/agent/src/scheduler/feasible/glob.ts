// SPDX-License-Identifier: MPL-2.0
// Datacenter patterns: `*` stands for any text, everything else for itself.

/** Linear in the length of the text for every pattern: each piece is searched once, from left to right. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text;
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

export function matchesAnyGlob(patterns: readonly string[] | null, text: string): boolean {
  return (patterns ?? []).some((pattern) => matchesGlob(pattern, text));
}
