// SPDX-License-Identifier: MPL-2.0
// The built UI below /ui/. A path that names no file gets index.html, since the app has its own routes.

import { open, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { AppError } from '#base';
import { maxUiFileBytes } from '../limits.ts';

export interface UiAnswer {
  readonly body: Buffer;
  readonly headers: readonly string[];
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Own scripts and styles only; nobody may frame the page; the address is told to nobody. */
const security = [
  'Content-Security-Policy',
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options',
  'nosniff',
  'X-Frame-Options',
  'DENY',
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Opener-Policy',
  'same-origin',
] as const;

const disabled = Buffer.from('<html><p>Nomad UI is disabled</p></html>');

export class UiFiles {
  readonly #directory: string | undefined;

  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** `path` is decoded and starts with /ui. */
  async answer(path: string): Promise<UiAnswer> {
    if (this.#directory === undefined) return { body: disabled, headers: head('.html', 'no-cache') };
    const root = await realpath(this.#directory).catch(() => undefined);
    if (root === undefined) throw new AppError('not-found', 'the UI has not been built');
    const name = path.replace(/^\/ui\/?/, '');
    const file = name === '' ? undefined : await readBelow(root, name);
    if (file) return { body: file, headers: head(extname(name), 'public, max-age=3600') };
    const page = await readBelow(root, 'index.html');
    if (!page) throw new AppError('not-found', 'the UI has not been built');
    return { body: page, headers: head('.html', 'no-cache') };
  }
}

function head(extension: string, cacheControl: string): string[] {
  const type = types[extension.toLowerCase()] ?? 'application/octet-stream';
  return ['Content-Type', type, 'Cache-Control', cacheControl, ...security];
}

/** undefined when there is no such file below the root, also for one that a link leads out of it. */
async function readBelow(root: string, name: string): Promise<Buffer | undefined> {
  if (name.includes('\0') || name.split(/[/\\]/).includes('..')) return undefined;
  try {
    const real = await realpath(join(root, name));
    if (!real.startsWith(root + sep)) return undefined;
    await using file = await open(real, 'r');
    const { size } = await file.stat();
    if (size > maxUiFileBytes) return undefined;
    return await file.readFile();
  } catch {
    return undefined;
  }
}
