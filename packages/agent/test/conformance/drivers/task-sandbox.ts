// SPDX-License-Identifier: MPL-2.0
// Directories for tasks of one test, and the promise that no process of theirs is left when it ends, however it ends.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { AllocatedTaskResources, LogConfig, make, zero } from '@serai/api';
import { nullLogger, systemClock } from '#base';
import type { TaskDriver, TaskStart } from '#drivers';
import { detectCgroupRoot, Supervisor, type SupervisorOptions } from '#supervisor';

export type TaskOverrides = Partial<Omit<TaskStart, 'config' | 'logs'>> & {
  readonly config: Readonly<Record<string, unknown>>;
  readonly logs?: Partial<LogConfig>;
};

export class TaskSandbox {
  readonly base: string;
  readonly allocId = randomUUID();
  readonly allocDir: string;
  readonly logDir: string;
  readonly #supervisors: Supervisor[] = [];
  #tasks = 0;

  constructor(t: TestContext, options: { base?: string } = {}) {
    this.base = options.base ?? mkdtempSync(join(tmpdir(), 'serai-task-'));
    this.allocDir = join(this.base, 'alloc', this.allocId);
    this.logDir = join(this.allocDir, 'alloc', 'logs');
    mkdirSync(this.logDir, { recursive: true });
    t.after(() => this.#cleanUp());
  }

  supervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
    const supervisor = new Supervisor(
      { cacheDir: join(this.base, 'cache'), ...options },
      { clock: systemClock, log: nullLogger },
    );
    this.#supervisors.push(supervisor);
    return supervisor;
  }

  /** A request as the client makes it. */
  task(driver: TaskDriver, overrides: TaskOverrides): TaskStart {
    const taskName = overrides.taskName ?? 'web';
    const taskDir = join(this.allocDir, taskName);
    const stateDir = join(this.base, 'state', `${this.#tasks++}`);
    const paths = {
      sharedDir: join(this.allocDir, 'alloc'),
      taskDir,
      localDir: join(taskDir, 'local'),
      secretsDir: join(taskDir, 'secrets'),
      logDir: this.logDir,
      stateDir,
    };
    for (const path of [paths.localDir, paths.secretsDir, stateDir]) mkdirSync(path, { recursive: true });
    return {
      id: `${this.allocId}/${taskName}/${this.#tasks.toString(16).padStart(8, '0')}`,
      allocId: this.allocId,
      taskName,
      jobName: 'example',
      user: '',
      env: {},
      paths,
      resources: zero(AllocatedTaskResources),
      ...overrides,
      config: driver.parseConfig(overrides.config),
      logs: make(LogConfig, { MaxFiles: 10, MaxFileSizeMB: 10, Disabled: false, ...overrides.logs }),
    };
  }

  /** All that a stream's files hold, in order. */
  output(kind: 'stdout' | 'stderr' = 'stdout', taskName = 'web'): Buffer {
    return Buffer.concat(this.logFiles(kind, taskName).map((name) => readFileSync(join(this.logDir, name))));
  }

  logFiles(kind: 'stdout' | 'stderr' = 'stdout', taskName = 'web'): string[] {
    const prefix = `${taskName}.${kind}.`;
    return readdirSync(this.logDir)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)));
  }

  /** Supervisors of this test that still run. */
  supervisorsLeft(): number[] {
    return processes().filter((pid) => read(`/proc/${pid}/cmdline`).includes(this.allocId));
  }

  async #cleanUp(): Promise<void> {
    const supervisor = this.supervisor();
    const stateRoot = join(this.base, 'state');
    for (const name of readDir(stateRoot)) {
      const task = await supervisor.attach(join(stateRoot, name)).catch(() => undefined);
      await task?.kill();
      await task?.wait();
      task?.release();
    }
    const left = this.supervisorsLeft();
    for (const pid of left) process.kill(pid, 'SIGKILL');
    const cgroupRoot = await detectCgroupRoot();
    const cgroups = readDir(cgroupRoot ?? '').filter((name) => name.includes(this.allocId));
    rmSync(this.base, { recursive: true, force: true });
    assert.deepEqual(left, [], 'supervisors left behind');
    assert.deepEqual(cgroups, [], 'cgroups left behind');
  }
}

/** Processes whose command line contains the text; for markers in the arguments of test tasks. */
export function processesWith(text: string): number[] {
  return processes().filter((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(text));
}

/** Waits for something another process does; fails after 10 s. */
export async function eventually<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  const deadline = systemClock.monotonicMs() + 10_000;
  for (;;) {
    const result = probe();
    if (result !== undefined && result !== false) return result;
    if (systemClock.monotonicMs() > deadline) throw new Error(`never happened: ${what}`);
    await systemClock.sleep(5);
  }
}

function processes(): number[] {
  return readDir('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number);
}

function readDir(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
