// SPDX-License-Identifier: MPL-2.0
// The built program, run as a user runs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../../', import.meta.url));

export interface Result {
  /** null when a signal ended it */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
}

/** Milliseconds after which a command that should have ended is ended. */
const commandMs = 30_000;

/** A program that runs on while the test looks at what it prints. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], options: RunOptions) {
    this.child = spawn(`${root}serai`, args, {
      cwd: options.cwd ?? root,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', TZ: 'UTC', ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    // A program may refuse the rest of its input.
    this.child.stdin?.on('error', () => {});
    this.child.stdin?.end(options.input);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
    // Whoever waits for it sees the error.
    this.ended.catch(() => {});
  }

  get stdout(): string {
    return this.#stdout;
  }
  get stderr(): string {
    return this.#stderr;
  }
  get pid(): number {
    return this.child.pid ?? 0;
  }
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Until it printed this. */
  async until(pattern: RegExp, timeoutMs = commandMs): Promise<RegExpExecArray> {
    return eventually(`${pattern} in the output`, timeoutMs, () => {
      const found = pattern.exec(this.#stdout);
      if (!found && !this.alive) throw new Stop(`it ended before: ${this.#stdout}${this.#stderr}`);
      return found ?? undefined;
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = commandMs): Promise<Result> {
    if (this.alive) this.child.kill(signal);
    const late = AbortSignal.timeout(timeoutMs);
    const kill = (): void => void this.child.kill('SIGKILL');
    late.addEventListener('abort', kill, { once: true });
    const result = await this.ended;
    late.removeEventListener('abort', kill);
    return result;
  }
}

export async function runProgram(args: readonly string[], options: RunOptions): Promise<Result> {
  const running = new Running(args, options);
  const limit = options.timeoutMs ?? commandMs;
  const late = AbortSignal.timeout(limit);
  late.addEventListener('abort', () => void running.child.kill('SIGKILL'), { once: true });
  const result = await running.ended;
  if (result.code === null)
    throw new Error(
      `serai ${args.join(' ')} took longer than ${limit} ms:\n${result.stdout}${result.stderr}`,
    );
  return result;
}

/** Ends `eventually` at once: what is waited for can no longer happen. */
export class Stop extends Error {}

/** Asks again until there is an answer. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      if (error instanceof Stop) throw error;
      last = error;
    }
    await sleep(50);
  }
  throw new Error(
    `not within ${timeoutMs} ms: ${what}${last instanceof Error ? `; last: ${last.message}` : ''}`,
  );
}
