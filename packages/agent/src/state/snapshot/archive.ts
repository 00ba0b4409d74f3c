// SPDX-License-Identifier: MPL-2.0
// Snapshot files as `operator snapshot save` writes them: a gzip tar of meta.json, state.bin and SHA256SUMS. state.bin
// is the engine's snapshot stream.

import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import tar from 'tar-stream';
import { AppError } from '#base';

export interface SnapshotMeta {
  /** of this format */
  readonly Version: 1;
  readonly ID: string;
  readonly Index: number;
  /** Nomad prints it; there are no terms here */
  readonly Term: number;
  /** of state.bin, in bytes */
  readonly Size: number;
}

const metaName = 'meta.json';
const stateName = 'state.bin';
const sumsName = 'SHA256SUMS';

/** Largest meta.json and SHA256SUMS that are read. */
const maxSmallBytes = 64 * 1024;
/** Largest state.bin that is unpacked, so that a small archive can't fill the disk. */
export const maxStateBytes = 16 * 1024 * 1024 * 1024;

const fileMode = 0o600;

/** A file in a temporary directory of its own. Call `discard` when done with it. */
export interface SpooledFile {
  readonly path: string;
  readonly size: number;
  /** hex */
  readonly sha256: string;
  read(): Readable;
  discard(): Promise<void>;
}

export interface SpoolOptions {
  readonly transforms?: readonly Transform[];
  /** gives up; for a source that does not say when it breaks off */
  readonly signal?: AbortSignal;
}

/** Writes a stream to a temporary file below `directory`. */
export async function spool(
  source: Readable,
  directory: string,
  options: SpoolOptions = {},
): Promise<SpooledFile> {
  const { transforms = [], signal } = options;
  const own = await mkdtemp(`${directory}/snapshot-`);
  const path = `${own}/file`;
  const hash = createHash('sha256');
  const discard = (): Promise<void> => rm(own, { recursive: true, force: true });
  const file = createWriteStream(path, { mode: fileMode, flags: 'wx' });
  try {
    await pipeline([source, ...transforms, hashing(hash), file], signal ? { signal } : {});
    const { size } = await stat(path);
    return { path, size, sha256: hash.digest('hex'), read: () => createReadStream(path), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

function limiting(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        done(new AppError('limit', `the snapshot unpacks to more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Packs a state stream whose index is known. The result is complete when it resolves. */
export async function packArchive(
  state: SpooledFile,
  meta: { readonly index: number },
  directory: string,
): Promise<SpooledFile> {
  const metaBytes = Buffer.from(
    `${JSON.stringify({ Version: 1, ID: `serai-${meta.index}`, Index: meta.index, Term: 1, Size: state.size } satisfies SnapshotMeta)}\n`,
  );
  const sums = Buffer.from(`${sha256(metaBytes)}  ${metaName}\n${state.sha256}  ${stateName}\n`);
  const pack = tar.pack();
  const filled = fillPack(pack, { metaBytes, sums, state });
  // Reported by the pipeline, which ends when the pack is destroyed.
  filled.catch((error: Error) => pack.destroy(error));
  const packed = await spool(Readable.from(pack), directory, { transforms: [createGzip()] });
  await filled;
  return packed;
}

async function fillPack(
  pack: tar.Pack,
  parts: { metaBytes: Buffer; sums: Buffer; state: SpooledFile },
): Promise<void> {
  const { metaBytes, sums, state } = parts;
  pack.entry({ name: metaName, mode: fileMode, mtime: new Date(0) }, metaBytes);
  const entry = pack.entry({ name: stateName, mode: fileMode, mtime: new Date(0), size: state.size });
  await pipeline(state.read(), entry);
  pack.entry({ name: sumsName, mode: fileMode, mtime: new Date(0) }, sums);
  pack.finalize();
}

export interface OpenedArchive {
  readonly meta: SnapshotMeta;
  readonly state: SpooledFile;
}

/** Unpacks and checks an archive. Anything wrong with it throws `invalid` and says what. */
export async function openArchive(source: Readable, directory: string): Promise<OpenedArchive> {
  const parts: Parts = { small: new Map(), state: undefined };
  const broken = new AbortController();
  try {
    const extract = tar.extract();
    // An entry that is being read does not learn of an error before it, so it is told.
    const unpacked = pipeline(source, createGunzip(), extract).catch((error: Error) => broken.abort(error));
    for await (const entry of extract) {
      await takeEntry(parts, entry as unknown as TarEntry, { directory, signal: broken.signal });
    }
    await unpacked;
    broken.signal.throwIfAborted();
    return checked(parts);
  } catch (caught) {
    await parts.state?.discard();
    if (caught instanceof AppError) throw caught;
    const error: unknown = broken.signal.aborted ? broken.signal.reason : caught;
    throw error instanceof AppError ? error : damaged((error as Error).message);
  }
}

type TarEntry = Readable & { readonly header: { readonly name: string } };

interface Parts {
  readonly small: Map<string, Buffer>;
  state: SpooledFile | undefined;
}

async function takeEntry(
  parts: Parts,
  entry: TarEntry,
  into: { readonly directory: string; readonly signal: AbortSignal },
): Promise<void> {
  const { name } = entry.header;
  if (parts.small.has(name) || (name === stateName && parts.state)) throw damaged(`"${name}" is in it twice`);
  if (name === stateName) {
    const { directory, signal } = into;
    parts.state = await spool(entry, directory, { transforms: [limiting(maxStateBytes)], signal });
  } else if (name === metaName || name === sumsName) parts.small.set(name, await smallContent(entry));
  else throw damaged(`it holds a file named ${JSON.stringify(name)}`);
}

async function smallContent(entry: TarEntry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxSmallBytes) throw damaged(`"${entry.header.name}" is larger than ${maxSmallBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function checked({ small, state }: Parts): OpenedArchive {
  const metaBytes = small.get(metaName);
  const sums = small.get(sumsName);
  if (!metaBytes || !sums || !state) {
    const missing = !metaBytes ? metaName : !sums ? sumsName : stateName;
    throw damaged(`"${missing}" is missing`);
  }
  const sumOf = new Map<string, string>();
  for (const [, sum, name] of sums.toString('utf8').matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)) {
    if (sum && name) sumOf.set(name, sum);
  }
  if (sumOf.get(metaName) !== sha256(metaBytes))
    throw damaged(`the checksum of "${metaName}" does not match`);
  if (sumOf.get(stateName) !== state.sha256) throw damaged(`the checksum of "${stateName}" does not match`);
  return { meta: parseMeta(metaBytes), state };
}

function parseMeta(bytes: Buffer): SnapshotMeta {
  let meta: Partial<SnapshotMeta>;
  try {
    meta = JSON.parse(bytes.toString('utf8')) as Partial<SnapshotMeta>;
  } catch {
    throw damaged(`"${metaName}" is not JSON`);
  }
  const { Version, ID, Index, Term, Size } = meta;
  if (Version !== 1 || typeof Index !== 'number' || typeof ID !== 'string') {
    throw damaged(`"${metaName}" was written by another program or version`);
  }
  return { Version, ID, Index, Term: Term ?? 1, Size: Size ?? 0 };
}

function damaged(why: string): AppError {
  return new AppError('invalid', `this is not a snapshot that can be used: ${why}`);
}
