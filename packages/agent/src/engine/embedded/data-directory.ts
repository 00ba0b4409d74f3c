// SPDX-License-Identifier: MPL-2.0
// Names of the embedded engine's files, and which of them make up the state.
//
//   format.json              written once: this directory holds state
//   checkpoint-<index>.rows  all rows at an index
//   log-<index>.log          batches after an index; the last one grows
//   *.tmp                    was being written when the process died: ignored and deleted

import { AppError } from '#base';
import type { Disk } from './disk.ts';

export const formatFile = 'format.json';
const formatVersion = 1;
export const formatText = `${JSON.stringify({ format: 'serai-state', version: formatVersion })}\n`;

const indexWidth = 16;
const namePattern = /^(checkpoint|log)-(\d{16})\.(?:rows|log)$/;

export function checkpointName(index: number): string {
  return `checkpoint-${String(index).padStart(indexWidth, '0')}.rows`;
}

export function logName(from: number): string {
  return `log-${String(from).padStart(indexWidth, '0')}.log`;
}

/** Throws `invalid` when another version of this program wrote the directory in another format. */
export async function checkFormat(disk: Disk, directory: string): Promise<void> {
  const text = await disk.readText(`${directory}/${formatFile}`);
  const version = text === undefined ? undefined : /"version":(\d+)/.exec(text)?.[1];
  if (text === undefined || Number(version) === formatVersion) return;
  throw new AppError(
    'invalid',
    `state directory "${directory}" has format version ${version ?? 'unknown'}, this program reads ${formatVersion}: use the version that wrote it`,
  );
}

export interface DataFiles {
  /** index of the newest checkpoint; undefined: none was written yet */
  readonly checkpoint: number | undefined;
  /** start indexes of the logs that follow it, rising */
  readonly logs: readonly number[];
  /** names of files that are not needed any more */
  readonly leftovers: readonly string[];
  readonly isNew: boolean;
}

/** Throws `invalid` when files are missing that must have been there. */
export async function findDataFiles(disk: Disk, directory: string): Promise<DataFiles> {
  const names = await disk.list(directory);
  const checkpoints = indexesOf(names, 'checkpoint');
  const logs = indexesOf(names, 'log');
  const checkpoint = checkpoints.at(-1);
  const base = checkpoint ?? 0;
  const isNew = !names.includes(formatFile) && checkpoints.length === 0 && logs.length === 0;
  const used = logs.filter((from) => from >= base);
  if (!isNew && used[0] !== base) throw missing(directory, logName(base));
  return {
    checkpoint,
    logs: used,
    leftovers: [
      ...names.filter((name) => name.endsWith('.tmp')),
      ...checkpoints.slice(0, -1).map(checkpointName),
      ...logs.filter((from) => from < base).map(logName),
    ],
    isNew,
  };
}

function indexesOf(names: readonly string[], kind: string): number[] {
  const indexes: number[] = [];
  for (const name of names) {
    const match = namePattern.exec(name);
    if (match?.[1] === kind) indexes.push(Number(match[2]));
  }
  return indexes.sort((a, b) => a - b);
}

function missing(directory: string, name: string): AppError {
  return new AppError(
    'invalid',
    `state file "${directory}/${name}" is missing: put it back, or move the directory away and restore a snapshot with "operator snapshot restore"`,
  );
}

/** What a user can do about a file that can't be read. */
export function corrupt(path: string, why: string): AppError {
  return new AppError(
    'invalid',
    `state file "${path}" is damaged (${why}). Nothing was changed. Put back a good copy of the directory, or move it away, start the agent and restore a snapshot with "operator snapshot restore"`,
    { context: { path } },
  );
}
