// SPDX-License-Identifier: MPL-2.0
// Starts, kills and starts again the agent process of the fixtures, over one data directory.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Allocation } from '@serai/api';
import type { FromAgent, ToAgent } from './fixtures/agent-process.ts';

/** Longest wait for anything, in milliseconds. */
const patienceMs = 20_000;

export class AgentUnderTest {
  readonly dir: string;
  /** of all lives, newest last */
  readonly reports: Allocation[] = [];
  readonly #cacheDir: string;
  readonly #allocs = new Map<string, Allocation>();
  #child: ChildProcess | undefined;
  #waiters: (() => void)[] = [];
  nodeId = '';

  private constructor(dir: string, cacheDir: string) {
    this.dir = dir;
    this.#cacheDir = cacheDir;
  }

  /** The directory and all tasks go with the test. */
  static async create(t: TestContext): Promise<AgentUnderTest> {
    const dir = await mkdtemp(join(tmpdir(), 'serai-client-'));
    const agent = new AgentUnderTest(dir, join(dir, 'cache'));
    t.after(async () => {
      await agent.endAll();
      await rm(dir, { recursive: true, force: true });
    });
    return agent;
  }

  async start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'fixtures', 'agent-process.ts'), { stdio: 'inherit' });
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    child.on('message', (message: FromAgent) => {
      if (message.kind === 'ready') {
        this.nodeId = message.nodeId;
        ready.resolve();
      } else if (message.kind === 'report') this.reports.push(message.alloc);
      for (const wake of this.#waiters.splice(0)) wake();
    });
    child.once('exit', () => ready.resolve());
    this.#tell({
      kind: 'start',
      dir: this.dir,
      cacheDir: this.#cacheDir,
      allocs: [...this.#allocs.values()],
    });
    await ready.promise;
  }

  put(alloc: Allocation): void {
    this.#allocs.set(alloc.ID, alloc);
    this.#tell({ kind: 'put', alloc });
  }

  /** The servers know nothing of it when the next agent asks. */
  forget(allocId: string): void {
    this.#allocs.delete(allocId);
  }

  /** kill -9 */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** An orderly end of the agent: tasks stay. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = once(child, 'exit');
    this.#tell({ kind: 'stop-client' });
    await gone;
    this.#child = undefined;
  }

  last(allocId: string): Allocation | undefined {
    return this.reports.findLast((alloc) => alloc.ID === allocId);
  }

  async untilReport(allocId: string, matches: (alloc: Allocation) => boolean): Promise<Allocation> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const alloc = this.last(allocId);
      if (alloc && matches(alloc)) return alloc;
      if (performance.now() > endMs)
        throw new Error(`no such report; the last one says ${JSON.stringify(alloc?.TaskStates)}`);
      const wake = Promise.withResolvers<void>();
      this.#waiters.push(wake.resolve);
      const timer = setTimeout(wake.resolve, 1_000);
      await wake.promise;
      clearTimeout(timer);
    }
  }

  /** Stops all allocations through an agent, so that no process is left behind. */
  async endAll(): Promise<void> {
    if (!this.#child) await this.start();
    for (const alloc of this.#allocs.values()) {
      this.put({ ...alloc, DesiredStatus: 'stop' });
    }
    for (const id of this.#allocs.keys())
      await this.untilReport(
        id,
        ({ ClientStatus }) => ClientStatus === 'complete' || ClientStatus === 'failed',
      );
    await this.stop();
  }

  #tell(message: ToAgent): void {
    this.#child?.send(message);
  }
}
