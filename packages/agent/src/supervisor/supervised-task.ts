// SPDX-License-Identifier: MPL-2.0
// A task as the agent sees it through its supervisor: wait for it, signal it, kill it, measure it.

import { closeSync, constants, openSync, readSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { AppError, type Clock } from '#base';
import type { Cgroups } from './cgroup.ts';
import { isRunning, processesOfSession, readBootId, readStat } from './proc.ts';
import { decodeStatus, type ExitRecord, type ProcessRecord, parseExitRecord } from './state-files.ts';
import { type TreeUsage, treeUsage } from './usage.ts';

/** The end of a supervisor is told by the kernel; this look at /proc is for the case that nobody can think of. */
const livenessPollMs = 30_000;
/** Tells the supervisor to kill everything (commandKillAll in native/supervisor.c). */
const killAllCommand = 255;

export const supervisorKilledMessage = 'supervisor was killed; exit status unknown';

/** How a task ended. */
export interface TaskEnd {
  /** 128 + signal when a signal ended it */
  readonly exitCode: number;
  /** or 0 */
  readonly signal: number;
  /** the main process's largest memory use */
  readonly maxRssBytes: number;
  /** output that was lost since no disk would take it */
  readonly droppedLogBytes: number;
  /** why the rest of this is not known */
  readonly error?: string;
}

export interface TaskIdentity {
  readonly stateDir: string;
  readonly record: ProcessRecord;
}

export interface TaskDependencies {
  readonly clock: Clock;
  readonly cgroups: Cgroups;
  readonly pageBytes: number;
  /** how long a killed task may take to be gone before its supervisor is killed, too */
  readonly killGraceMs: number;
}

export class SupervisedTask {
  readonly identity: TaskIdentity;
  readonly #deps: TaskDependencies;
  readonly #gone = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #isGone = false;
  #waiters = 0;
  #end: Promise<TaskEnd> | undefined;

  constructor(identity: TaskIdentity, deps: TaskDependencies) {
    this.identity = identity;
    this.#deps = deps;
  }

  get pid(): number {
    return this.identity.record.pid;
  }

  /** Starts to listen for the supervisor's end. */
  watch(): void {
    const fd = openAlive(this.identity.stateDir);
    if (fd === undefined) {
      this.#setGone();
      return;
    }
    // nothing is ever written there: the end of file is the message, and the kernel sends it even after kill -9
    const socket = new Socket({ fd, readable: true, writable: false });
    this.#socket = socket;
    socket.on('error', () => this.#setGone());
    socket.on('close', () => this.#setGone());
    socket.resume();
    socket.unref();
  }

  #setGone(): void {
    this.#isGone = true;
    this.#gone.resolve();
  }

  /** True until the supervisor is gone: then all output is in the log files, and no process is left. */
  isRunning(): boolean {
    const { supervisorPid, supervisorStartTicks, bootId } = this.identity.record;
    return !this.#isGone && bootId === readBootId() && isRunning(supervisorPid, supervisorStartTicks);
  }

  /** Resolves when the task and all it left behind are gone. Rejects only when aborted. */
  async wait(signal?: AbortSignal): Promise<TaskEnd> {
    await this.#untilGone(signal);
    this.#end ??= this.#readEnd();
    return await this.#end;
  }

  /** Sends a signal to the main process. @throws AppError `not-found` when the task has ended. */
  async signal(signal: number): Promise<void> {
    if (!(await this.#command(signal))) throw new AppError('not-found', 'the task is not running');
  }

  /** Signals the main process, waits, then kills everything. Resolves when it is gone. */
  async stop(options: { signal: number; timeoutMs: number }): Promise<void> {
    if (!(await this.#command(options.signal))) return await this.kill();
    if (!(await this.#goneWithin(options.timeoutMs))) await this.kill();
  }

  /** SIGKILL for all processes of the task. Resolves when they are gone. */
  async kill(): Promise<void> {
    if (!this.isRunning()) {
      await this.wait();
      return;
    }
    if ((await this.#command(killAllCommand)) && (await this.#goneWithin(this.#deps.killGraceMs))) return;
    await this.killLeftovers();
    await this.#untilGone();
  }

  /** What the task uses now; all zero when it is gone. */
  async usage(): Promise<TreeUsage> {
    if (!this.isRunning()) return { processes: [], rssBytes: 0, userMs: 0, systemMs: 0 };
    return await treeUsage(this.identity.record, this.#deps);
  }

  /** Stops watching; the task goes on. Waiters stay until they are aborted. */
  release(): void {
    this.#socket?.removeAllListeners('close');
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /**
   * Kills what a killed supervisor has left, or a stuck supervisor with all it has. A cgroup holds every process;
   * without one, those that are still in the task's session are found, since nothing else marks them.
   */
  async killLeftovers(): Promise<void> {
    const { record } = this.identity;
    if (record.bootId !== readBootId()) return;
    if (isRunning(record.supervisorPid, record.supervisorStartTicks)) sendKill(record.supervisorPid);
    if (record.cgroup !== undefined) await this.#deps.cgroups.kill(record.cgroup);
    // a session keeps its number from being used again as long as it has members: but only then
    const leader = readStat(record.pid);
    if (leader && leader.startTicks !== record.startTicks) return;
    for (const stat of processesOfSession(record.pid))
      if (stat.startTicks >= record.startTicks) sendKill(stat.pid);
  }

  async #readEnd(): Promise<TaskEnd> {
    const text = await readFile(join(this.identity.stateDir, 'exit'), 'utf8').catch(() => '');
    const record = parseExitRecord(text);
    if (!record) {
      await this.killLeftovers();
      const { cgroup } = this.identity.record;
      // a supervisor that ends by itself has removed it
      if (cgroup !== undefined) await this.#deps.cgroups.remove(cgroup);
    }
    this.release();
    return record ? endOf(record) : unknownEnd;
  }

  /** False when nobody is there to take it. */
  async #command(byte: number): Promise<boolean> {
    // the kernel closes an ended supervisor's files one by one: `ctl` may still be open when `alive` is not
    if (this.#isGone) return false;
    try {
      // without a reader this fails at once (ENXIO): it can't block, and can't reach a process that took the pid over
      const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
      await using control = await open(join(this.identity.stateDir, 'ctl'), flags);
      await control.write(Uint8Array.of(byte));
      return true;
    } catch {
      return false;
    }
  }

  async #goneWithin(timeoutMs: number): Promise<boolean> {
    const timeout = new AbortController();
    const timer = this.#deps.clock.after(timeoutMs, () => timeout.abort());
    try {
      await this.#untilGone(timeout.signal);
      return true;
    } catch {
      return false;
    } finally {
      timer.cancel();
    }
  }

  async #untilGone(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const poll = this.#deps.clock.every(
      livenessPollMs,
      () => {
        if (!this.isRunning()) this.#setGone();
      },
      { unref: true },
    );
    if (this.#waiters++ === 0) this.#socket?.ref();
    try {
      await Promise.race([this.#gone.promise, aborted.promise]);
    } finally {
      if (--this.#waiters === 0) this.#socket?.unref();
      poll.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

const unknownEnd: TaskEnd = {
  // no code a task can have: nobody may take it for success
  exitCode: -1,
  signal: 0,
  maxRssBytes: 0,
  droppedLogBytes: 0,
  error: supervisorKilledMessage,
};

function endOf(record: ExitRecord): TaskEnd {
  const { maxRssBytes, droppedLogBytes } = record;
  return { ...decodeStatus(record.status), maxRssBytes, droppedLogBytes };
}

/** The reading end of `alive`; undefined when no supervisor holds the writing end any more. Never blocks: O_NONBLOCK. */
function openAlive(stateDir: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(join(stateDir, 'alive'), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    // a FIFO opened after its last writer left tells a poll nothing: so ask once by reading
    readSync(fd, Buffer.alloc(1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return fd;
  }
  closeSync(fd);
  return undefined;
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}
