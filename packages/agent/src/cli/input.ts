// SPDX-License-Identifier: MPL-2.0
// Text from a file or from standard input, with a bound on its size, and answers typed by a person.

import { isUtf8 } from 'node:buffer';
import { createReadStream, fstatSync } from 'node:fs';

/** Bytes that are read when the caller names no bound: 64 MiB. */
const maxInputBytes = 64 * 1024 * 1024;

/** The text of a file, or of standard input for `-`. */
export async function readInput(path: string, maxBytes?: number): Promise<string> {
  const bytes = await readBytes(path, maxBytes);
  if (!isUtf8(bytes)) throw new Error(`it is no UTF-8 text: line ${badLine(bytes)} holds other bytes`);
  return bytes.toString('utf8');
}

/** The same, whatever it holds. */
export async function readBytes(path: string, maxBytes: number = maxInputBytes): Promise<Buffer> {
  const stream = path === '-' ? process.stdin : createReadStream(path);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += (chunk as Uint8Array).length;
      if (length > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    throw readable(error as NodeJS.ErrnoException);
  }
  return Buffer.concat(chunks, length);
}

function readable(error: NodeJS.ErrnoException): Error {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
  };
  const reason = reasons[error.code ?? ''];
  return reason === undefined ? error : new Error(reason, { cause: error });
}

/** A line feed is never part of a longer character, so lines can be looked at one by one. */
function badLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end;
  }
  return line;
}

/** A pipe or a file: something that was put there to be read. */
export function stdinIsPiped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}

/** Asks on the terminal; '' when the input ends. */
export async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return (await Promise.race([lines.question(`${question} `), ended])).trim();
  } finally {
    lines.close();
  }
}
