// SPDX-License-Identifier: MPL-2.0
// The allow and deny lists of the `options` map, under their present and their old names.

/** Which names of a kind ("driver", "fingerprint") may be used. No allow list: all that are not denied. */
export function nameFilter(
  options: Readonly<Record<string, string>>,
  kind: string,
): (name: string) => boolean {
  const allowed = names(options[`${kind}.allowlist`] ?? options[`${kind}.whitelist`]);
  const denied = names(options[`${kind}.denylist`] ?? options[`${kind}.blacklist`]);
  return (name) => (allowed.size === 0 || allowed.has(name)) && !denied.has(name);
}

function names(text: string | undefined): Set<string> {
  return new Set((text ?? '').split(',').flatMap((name) => name.trim() || []));
}
