// SPDX-License-Identifier: MPL-2.0

/** Bytes looked at. */
export const sniffBytes = 512;

/** Text or not: a task's files are never given a type that a browser would run. */
export function sniffContentType(head: Uint8Array): string {
  const text = new TextDecoder('utf-8', { fatal: true });
  if (head.includes(0)) return 'application/octet-stream';
  try {
    // a character that is cut at the end of what we looked at is no fault
    text.decode(head, { stream: true });
    return 'text/plain; charset=utf-8';
  } catch {
    return 'application/octet-stream';
  }
}
