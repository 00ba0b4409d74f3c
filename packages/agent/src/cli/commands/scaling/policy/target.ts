// SPDX-License-Identifier: MPL-2.0
// What a scaling policy is about, in one line.

/** `Group:web,Job:shop,Namespace:default` */
export function targetText(target: Readonly<Record<string, string>> | null): string {
  return Object.entries(target ?? {})
    .map(([key, value]) => `${key}:${value}`)
    .sort()
    .join(',');
}
