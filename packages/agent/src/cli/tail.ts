// SPDX-License-Identifier: MPL-2.0
// The last lines of a stream that started some bytes before the end.

export interface Window {
  /** where the stream starts, counted from the end */
  readonly bytes: number;
  /** lines to show of what was there at the start; undefined: all of it */
  readonly lines: number | undefined;
}

const newline = 10;

/**
 * Everything, or only the last lines of what was there at the start. A stream that ends is read whole and cut. One that
 * is followed is cut in its first piece: agents send what is there in pieces of 64 KiB, more than a window is asked for.
 */
export async function* lastLines(
  pieces: AsyncIterable<Uint8Array>,
  window: Window | undefined,
  follow: boolean,
): AsyncGenerator<Uint8Array> {
  if (window?.lines === undefined) {
    yield* pieces;
    return;
  }
  if (!follow) {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    yield cutToLines(Buffer.concat(all), window.lines);
    return;
  }
  let first = true;
  for await (const piece of pieces) {
    yield first ? cutToLines(piece, window.lines) : piece;
    first = false;
  }
}

/** The end of the text with at most this many lines; an unfinished last line counts. */
export function cutToLines(text: Uint8Array, lines: number): Uint8Array {
  if (lines <= 0) return new Uint8Array(0);
  let left = lines;
  const end = text.at(-1) === newline ? text.length - 1 : text.length;
  for (let i = end - 1; i >= 0; i--) {
    if (text[i] !== newline) continue;
    left -= 1;
    if (left === 0) return text.subarray(i + 1);
  }
  return text;
}
