// SPDX-License-Identifier: MPL-2.0
// Finds the native helper for this machine: prebuilt where we have it, else compiled once from its source.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AppError } from '#base';

/** Longest time the C compiler gets; it takes about 0.2 s. */
const compileTimeoutMs = 60_000;

export interface HelperBinaryOptions {
  /** directory of the agent's own where a helper may be put; must allow execution */
  readonly cacheDir: string;
  /** where `prebuilt/` and the sources are; next to this file when not given */
  readonly nativeDir?: string;
  /** as process.platform and process.arch name them */
  readonly platform?: string;
  readonly arch?: string;
}

/** Path of a helper that can be executed. @throws AppError `unsupported` when there is none for this machine. */
export async function locateHelper(options: HelperBinaryOptions): Promise<string> {
  const platform = options.platform ?? process.platform;
  const arch = options.arch ?? process.arch;
  if (platform !== 'linux')
    throw new AppError('unsupported', `tasks can't be run on ${platform}: only on linux`);
  const nativeDir = options.nativeDir ?? fileURLToPath(new URL('./native/', import.meta.url));
  const prebuilt = join(nativeDir, 'prebuilt', `serai-supervisor-${arch}`);
  if (await can(prebuilt, constants.X_OK)) return prebuilt;
  // an archive or a copy may have lost the permission
  if (await can(prebuilt, constants.R_OK)) return await copyHelper(prebuilt, options.cacheDir, arch);
  return await compileHelper(nativeDir, options.cacheDir, arch);
}

async function copyHelper(prebuilt: string, cacheDir: string, arch: string): Promise<string> {
  return await intoCache(cacheDir, `${arch}-${hashOf(await readFile(prebuilt))}`, async (path) => {
    await copyFile(prebuilt, path);
    await chmod(path, 0o755);
  });
}

async function compileHelper(nativeDir: string, cacheDir: string, arch: string): Promise<string> {
  const source = join(nativeDir, 'supervisor.c');
  const texts = await Promise.all([readFile(source), readFile(join(nativeDir, 'sys.h'))]).catch(
    (cause: unknown) => {
      throw new AppError(
        'unsupported',
        `there is neither a supervisor for ${arch} nor its source in ${nativeDir}`,
        {
          cause,
        },
      );
    },
  );
  return await intoCache(cacheDir, `${arch}-${hashOf(...texts)}`, async (path) => {
    try {
      await promisify(execFile)('cc', ['-O2', '-DSERAI_USE_LIBC', '-o', path, source], {
        timeout: compileTimeoutMs,
      });
    } catch (error) {
      throw new AppError(
        'unsupported',
        `there is no prebuilt supervisor for ${arch}, and compiling it with "cc" failed: install a C compiler (${String(error).split('\n')[0]})`,
        { cause: error },
      );
    }
  });
}

/** Makes `serai-supervisor-<key>` unless it is there; under another name first, so that nobody runs half of it. */
async function intoCache(
  cacheDir: string,
  key: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const path = join(cacheDir, `serai-supervisor-${key}`);
  if (await can(path, constants.X_OK)) return path;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  await make(temporary);
  await rename(temporary, path);
  return path;
}

function hashOf(...contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex').slice(0, 16);
}

async function can(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
