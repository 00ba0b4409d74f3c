// SPDX-License-Identifier: MPL-2.0
// Agents on loopback addresses of their own, so that the standard ports are free for each test, with their data in one
// directory. When the test is over everything is stopped, and it fails when a process is left.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endProcessesOf } from './processes.ts';
import { eventually, type Result, Running, type RunOptions, runProgram } from './program.ts';

/** Bound for a node to be ready, in milliseconds; the machine may be busy. */
const readyMs = 15_000;

export const jobs = fileURLToPath(new URL('../jobs/', import.meta.url));

export interface AgentSetup {
  /** directory of its data and name of its log */
  readonly name?: string;
  /** 127.x.y.z; another one for each agent of a test */
  readonly address?: string;
  /** further configuration */
  readonly hcl?: string;
  /** before `-config`; default: -dev */
  readonly flags?: readonly string[];
}

export class TestAgent {
  readonly address: string;
  readonly running: Running;
  /** milliseconds from the start of the process */
  readonly answeredMs: number;
  readonly #stage: Stage;

  constructor(stage: Stage, of: { address: string; running: Running; answeredMs: number }) {
    this.#stage = stage;
    this.address = of.address;
    this.running = of.running;
    this.answeredMs = of.answeredMs;
  }

  get env(): Record<string, string> {
    return { NOMAD_ADDR: `http://${this.address}:4646` };
  }

  /** A command against this agent. */
  serai(line: string | readonly string[], options: Partial<RunOptions> = {}): Promise<Result> {
    const args = typeof line === 'string' ? line.split(' ') : line;
    return runProgram(args, { cwd: this.#stage.directory, ...options, env: { ...this.env, ...options.env } });
  }

  /** A command that must succeed; its standard output. */
  async ok(line: string | readonly string[], options: Partial<RunOptions> = {}): Promise<string> {
    const result = await this.serai(line, options);
    assert.equal(result.code, 0, `serai ${String(line)}:\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  async json<T>(line: string): Promise<T> {
    return JSON.parse(await this.ok(line)) as T;
  }

  /** A command that runs until it is stopped, at the latest with the test. */
  follow(line: string): Running {
    return this.#stage.start(line.split(' '), this.env);
  }

  async ready(nodes = 1): Promise<void> {
    await eventually(`${nodes} ready nodes`, readyMs, async () => {
      const { stdout } = await this.serai('node status');
      return [...stdout.matchAll(/ready$/gm)].length >= nodes ? true : undefined;
    });
  }

  /** Ids of the allocations of a job, newest first. */
  async allocs(job: string): Promise<readonly AllocFacts[]> {
    const allocs = await this.json<AllocFacts[]>(`job allocs -json ${job}`);
    return allocs.sort((a, b) => b.CreateIndex - a.CreateIndex);
  }

  /** The allocation, as soon as it has this status. */
  async alloc(job: string, status: string, timeoutMs = 15_000): Promise<AllocFacts> {
    return eventually(`${job} has a ${status} allocation`, timeoutMs, async () =>
      (await this.allocs(job)).find((alloc) => alloc.ClientStatus === status),
    );
  }
}

export interface AllocFacts {
  readonly ID: string;
  readonly NodeID: string;
  readonly ClientStatus: string;
  readonly DesiredStatus: string;
  readonly CreateIndex: number;
  readonly TaskStates: Readonly<Record<string, { readonly State: string; readonly Restarts: number }>> | null;
}

export class Stage {
  readonly directory: string;
  readonly #running: Running[] = [];

  constructor(t: TestContext) {
    this.directory = mkdtempSync(join(tmpdir(), 'serai-e2e-'));
    t.after(() => this.#close());
  }

  /** A free loopback address: all of 127.0.0.0/8 belongs to this machine. */
  address(): string {
    return `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
  }

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const running = new Running(args, { env, cwd: this.directory });
    this.#running.push(running);
    return running;
  }

  /** Resolves when the API answers. */
  async agent(setup: AgentSetup = {}): Promise<TestAgent> {
    const { name = 'agent', address = this.address(), hcl = '', flags = ['-dev'] } = setup;
    const data = join(this.directory, name);
    mkdirSync(data, { recursive: true });
    // Outside -dev a loopback address is advertised only when that is said.
    const advertise = `advertise {\n  http = "${address}"\n  rpc  = "${address}"\n  serf = "${address}"\n}`;
    const lines = [`name = "${name}"`, `bind_addr = "${address}"`, `data_dir = "${data}"`, advertise, hcl];
    const config = this.file(`${name}.hcl`, `${lines.join('\n')}\n`);
    const start = performance.now();
    const running = this.start(['agent', ...flags, '-config', config]);
    await running.until(/agent started!/, readyMs);
    return new TestAgent(this, { address, running, answeredMs: performance.now() - start });
  }

  async #close(): Promise<void> {
    // Commands first: an agent waits for its open connections.
    for (const running of this.#running.reverse()) await running.stop();
    const left = await endProcessesOf(this.directory);
    rmSync(this.directory, { recursive: true, force: true });
    assert.deepEqual(
      left.filter(({ pid }) => !this.#expected.has(pid)),
      [],
      'processes were left behind',
    );
  }

  readonly #expected = new Set<number>();

  /** Tasks whose agent was killed: they are meant to go on, and are ended with the test. */
  outlives(pids: readonly number[]): void {
    for (const pid of pids) this.#expected.add(pid);
  }
}
