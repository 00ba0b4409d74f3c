// SPDX-License-Identifier: MPL-2.0
// Reading a snapshot without an engine, for a tool that only looks at one.

import type { Readable } from 'node:stream';
import type { RowsAt } from './contract.ts';
import { damagedSnapshot, decodeRowStream } from './row-stream.ts';

/** As `Engine.readSnapshot`. */
export function readSnapshot(from: Readable): Promise<RowsAt> {
  return decodeRowStream(from, damagedSnapshot);
}
