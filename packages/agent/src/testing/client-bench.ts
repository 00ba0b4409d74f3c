// SPDX-License-Identifier: MPL-2.0
// A client to run allocations on: fake servers, fake driver, fake machine, virtual time; files are real, in a directory
// that goes with the test.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type Allocation,
  type Job,
  make,
  RestartPolicy,
  type Task,
  type TaskGroup,
  type TaskState,
} from '@serai/api';
import { MetricsRegistry, nullLogger, seededRandom } from '#base';
import { Client, type ClientOptions, clientDefaults } from '#client';
import { Router } from '#rpc';
import { advanceUntil } from './advance-until.ts';
import { FakeDriver, FakeDrivers, FakeTasks } from './fake-driver.ts';
import { FakeHost } from './fake-host.ts';
import { FakeNodeServer } from './fake-node-server.ts';
import { mockAlloc } from './mock-alloc.ts';
import { mockJob, mockTask, mockTaskGroup } from './mock-job.ts';
import { VirtualClock } from './virtual-clock.ts';

const second = 1_000_000_000;

export class ClientBench {
  readonly clock = new VirtualClock();
  readonly server = new FakeNodeServer();
  readonly host = new FakeHost();
  /** what runs on the machine: outlives the client */
  readonly tasks = new FakeTasks();
  readonly dir: string;
  readonly metrics = new MetricsRegistry({ nowMs: () => this.clock.nowMs() });
  router = new Router();
  driver: FakeDriver;
  client: Client;
  readonly #options: Partial<ClientOptions>;
  #life = 0;

  private constructor(dir: string, options: Partial<ClientOptions>) {
    this.dir = dir;
    this.#options = options;
    this.driver = new FakeDriver('fake', this.tasks);
    this.client = this.#make();
  }

  static async create(t: TestContext, options: Partial<ClientOptions> = {}): Promise<ClientBench> {
    const dir = await mkdtemp(join(tmpdir(), 'serai-bench-'));
    const bench = new ClientBench(dir, options);
    t.after(async () => {
      await bench.client.stop();
      await rm(dir, { recursive: true, force: true });
    });
    await bench.client.start();
    return bench;
  }

  /** The agent ends and starts again; tasks go on meanwhile. */
  async restart(whileDown: () => void | Promise<void> = () => {}): Promise<void> {
    await this.client.stop();
    await whileDown();
    this.driver = new FakeDriver('fake', this.tasks);
    this.client = this.#make();
    await this.client.start();
  }

  until(condition: () => boolean, what?: string): Promise<void> {
    return advanceUntil(this.clock, condition, what === undefined ? {} : { what });
  }
  /** Moves time in steps, for files to keep up with it. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.nowMs() + ms;
    const stepMs = Math.max(1, ms / 200);
    while (this.clock.nowMs() < end) {
      await this.clock.advance(stepMs);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
  async untilStatus(allocId: string, status: string): Promise<Allocation> {
    await this.until(
      () => this.server.last(allocId)?.ClientStatus === status,
      `allocation ${status}, it is ${this.server.last(allocId)?.ClientStatus}`,
    );
    return this.server.last(allocId) as Allocation;
  }
  state(allocId: string, task: string): TaskState {
    const state = this.server.last(allocId)?.TaskStates?.[task];
    if (!state) throw new Error(`no state of task "${task}"`);
    return state;
  }
  /** Types of a task's events, as they were reported last. */
  events(allocId: string, task: string): string[] {
    return (this.state(allocId, task).Events ?? []).map((event) => event.Type);
  }

  #make(): Client {
    const client = new Client(
      {
        ...clientDefaults,
        version: '0.0.0',
        devMode: true,
        stateDir: join(this.dir, 'client'),
        allocDir: join(this.dir, 'alloc'),
        ...this.#options,
      },
      {
        rpc: this.server.rpc,
        clock: this.clock,
        random: seededRandom(++this.#life),
        log: nullLogger,
        metrics: this.metrics,
        drivers: new FakeDrivers(this.driver),
        host: this.host,
      },
    );
    this.router = new Router();
    client.register(this.router);
    return client;
  }
}

/** A task on the fake driver that is not restarted. */
export function fakeTask(name: string, overrides: Partial<Task> = {}): Task {
  return mockTask({
    Name: name,
    Driver: 'fake',
    Config: {},
    RestartPolicy: restartPolicy({ Attempts: 0 }),
    ...overrides,
  });
}

export function restartPolicy(overrides: Partial<RestartPolicy> = {}): RestartPolicy {
  return make(RestartPolicy, {
    Attempts: 2,
    Interval: 60 * second,
    Delay: second,
    Mode: 'fail',
    ...overrides,
  });
}

/** A service allocation of these tasks. */
export function fakeAlloc(
  tasks: readonly Task[],
  overrides: { job?: Partial<Job>; group?: Partial<TaskGroup>; alloc?: Partial<Allocation> } = {},
): Allocation {
  const group = mockTaskGroup({ Networks: null, Migrate: null, Tasks: tasks, ...overrides.group });
  return mockAlloc({ Job: mockJob({ TaskGroups: [group], ...overrides.job }), ...overrides.alloc });
}
