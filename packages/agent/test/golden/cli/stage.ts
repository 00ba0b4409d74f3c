// SPDX-License-Identifier: MPL-2.0
// What the scripts play on: a real server and HTTP API in this process, a node that only pretends to run things, a clock
// that stands still, and the command line with a terminal that keeps its output.

import type { TestContext } from 'node:test';
import {
  Allocation,
  Allocations_Stats,
  type AllocListStub,
  ClientStats_Stats,
  Deployment_List,
  Eval_List,
  FileSystem_List,
  FileSystem_Logs,
  FileSystem_Stat,
  FileSystem_Stream,
  Job_Allocations,
  make,
  Node_Register,
  Node_UpdateAlloc,
  type RequestOf,
  type RpcMethod,
  TaskEvent,
  TaskState,
  zero,
} from '@serai/api';
import { type Clock, sleepOn, systemClock } from '#base';
import type { LocalCaller } from '#rpc';
import type { Server } from '#server';
import { FakeRpc, FakeTerminal, memoryServer, mockNode, type TestHttp, testHttp } from '#testing';
import { readBytes, readInput } from '../../../src/cli/input.ts';
import { dispatch } from '../../../src/cli/run.ts';
import { Disguise } from './disguise.ts';
import { taskFiles } from './task-files.ts';

/** All times of a script begin here. */
const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Longest wait for the server to have nothing left to do, in milliseconds. */
const settleMs = 5_000;

/** Real timers, a wall clock that only a script moves. */
class StageClock implements Clock {
  ms = startMs;
  readonly monotonicMs = systemClock.monotonicMs.bind(systemClock);
  readonly after = systemClock.after.bind(systemClock);
  readonly every = systemClock.every.bind(systemClock);
  nowMs(): number {
    return this.ms;
  }
  nowNs(): number {
    return this.ms * 1e6;
  }
  nowIso(): string {
    return new Date(this.ms).toISOString();
  }
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}

interface Parts {
  readonly clock: StageClock;
  readonly server: Server;
  readonly rpc: LocalCaller;
  readonly nodes: Map<string, LocalCaller>;
  readonly http: TestHttp;
  readonly directory: string;
}

export class Stage {
  readonly #clock: StageClock;
  readonly #rpc: LocalCaller;
  readonly #http: TestHttp;
  readonly #disguise = new Disguise();
  readonly #directory: string;
  /** what happens while a command waits, one thing for each pause */
  readonly #later: string[] = [];
  #answer: string | undefined;
  readonly #server: Server;
  /** each node has a connection of its own */
  readonly #nodes: Map<string, LocalCaller>;

  private constructor(parts: Parts) {
    this.#server = parts.server;
    this.#nodes = parts.nodes;
    this.#clock = parts.clock;
    this.#rpc = parts.rpc;
    this.#http = parts.http;
    this.#directory = parts.directory;
  }

  static async open(t: TestContext, directory: string): Promise<Stage> {
    const clock = new StageClock();
    const server = memoryServer({ dependencies: { clock } });
    await server.start();
    const rpc = server.localCaller();
    const nodes = new Map<string, LocalCaller>();
    t.after(async () => {
      for (const caller of [rpc, ...nodes.values()]) await caller.stop();
      await server.stop();
    });
    const http = await testHttp(t, { dependencies: { rpc, clock } });
    return new Stage({ clock, rpc, http, directory, nodes, server });
  }

  /** One command of a script; resolves with what it printed. */
  async run(line: string): Promise<string> {
    const [verb = '', ...words] = line.split(/\s+/);
    switch (verb) {
      case 'serai':
        return this.#serai(words);
      case 'node':
        await this.#node(words[0] ?? 'n1');
        return '';
      case 'allocs':
        await this.#allocs(words[0] ?? '', words[1] ?? 'running', words.slice(2));
        return '';
      case 'wait':
        this.#clock.ms += Number.parseInt(words[0] ?? '0', 10) * 1000;
        return '';
      case 'later':
        this.#later.push(words.join(' '));
        return '';
      case 'type':
        this.#answer = words.join(' ');
        return '';
      default:
        throw new Error(`unknown verb "${verb}"`);
    }
  }

  async #serai(words: readonly string[]): Promise<string> {
    const ui = new FakeTerminal();
    const abort = new AbortController();
    const answer = this.#answer;
    this.#answer = undefined;
    const code = await dispatch(
      words.map((word) => this.#disguise.restore(word.replaceAll('\u00a0', ' '))),
      {
        ui,
        env: { NOMAD_ADDR: `http://127.0.0.1:${this.#http.port}` },
        cwd: this.#directory,
        clock: this.#pausing(abort),
        signal: abort.signal,
        readInput,
        readBytes,
        stdinIsPiped: false,
        ask: answer === undefined ? undefined : ask(ui, answer),
      },
    );
    await this.#settle();
    const text = ui.all.replaceAll(`:${this.#http.port}`, ':4646').replaceAll(this.#directory, '');
    const shown = this.#disguise.cover(text);
    return code === 0 ? shown : `${shown}exit ${code}\n`;
  }

  /** While a command waits the next thing happens; when nothing is left, the user presses Ctrl-C. */
  #pausing(abort: AbortController): Clock {
    const clock = Object.create(this.#clock) as StageClock;
    clock.sleep = async (_delayMs, signal) => {
      const next = this.#later.shift();
      if (next === undefined) abort.abort();
      else await this.run(next);
      signal?.throwIfAborted();
    };
    return clock;
  }

  async #node(name: string): Promise<void> {
    const node = mockNode({
      // Lists are sorted by id.
      ID: `a000000${this.#nodes.size + 1}-0000-4000-8000-000000000000`,
      Name: name,
      Events: [
        {
          Message: 'Node registered',
          Subsystem: 'Cluster',
          Details: null,
          Timestamp: this.#clock.nowIso(),
          CreateIndex: 0,
        },
      ],
    });
    const caller = this.#server.localCaller({ reverse: pretendedClient() });
    this.#nodes.set(node.ID, caller);
    await call(caller, Node_Register, { Node: node });
    const { agent } = this.#http;
    agent.node ??= node.ID;
    agent.stats['client'] ??= { node_id: node.ID };
    await this.#settle();
  }

  /** The client reports a status of all allocations of a job that are to run, or `stopping`, that are not. */
  async #allocs(job: string, status: string, words: readonly string[]): Promise<void> {
    await this.#settle();
    const { Allocations } = await this.#call(Job_Allocations, { JobID: job });
    const wanted = (Allocations ?? []).filter(
      (alloc) => (alloc.DesiredStatus === 'stop') === words.includes('stopping'),
    );
    const healthy = words.includes('healthy');
    for (const [id, caller] of this.#nodes) {
      const own = wanted.filter((alloc) => alloc.NodeID === id);
      if (own.length > 0)
        await call(caller, Node_UpdateAlloc, {
          Alloc: own.map((alloc) => this.#report(alloc, status, healthy)),
        });
    }
    await this.#settle();
  }

  #report(stub: AllocListStub, status: string, healthy: boolean): Allocation {
    const running = status === 'running';
    const time = this.#clock.nowIso();
    const event = (Type: string, DisplayMessage: string): TaskEvent =>
      make(TaskEvent, { Type, Time: this.#clock.nowNs(), DisplayMessage });
    return make(Allocation, {
      ID: stub.ID,
      NodeID: stub.NodeID,
      ClientStatus: status,
      ClientDescription: running ? 'Tasks are running' : '',
      TaskStates: {
        app: make(TaskState, {
          State: running ? 'running' : 'dead',
          Failed: status === 'failed',
          StartedAt: time,
          FinishedAt: running ? '0001-01-01T00:00:00Z' : time,
          Events: [event('Received', 'Task received by client'), event('Started', 'Task started by client')],
        }),
      },
      DeploymentStatus: healthy ? { Healthy: true, Timestamp: time, Canary: false, ModifyIndex: 0 } : null,
    });
  }

  /** Waits until no evaluation is in work and nothing changes any more. */
  async #settle(): Promise<void> {
    const deadline = systemClock.monotonicMs() + settleMs;
    let quiet = '';
    for (let same = 0; same < 3; ) {
      if (systemClock.monotonicMs() > deadline) throw new Error('the server does not come to rest');
      const evals = await this.#call(Eval_List, { Namespace: '*' });
      const deployments = await this.#call(Deployment_List, { Namespace: '*' });
      const busy = (evals.Evaluations ?? []).some(
        (e) => e.Status === 'pending' && !(Date.parse(e.WaitUntil) > this.#clock.ms),
      );
      const state = JSON.stringify([evals.Index, deployments.Index]);
      same = !busy && state === quiet ? same + 1 : 0;
      quiet = state;
      await systemClock.sleep(3);
    }
  }

  #call<M extends RpcMethod>(method: M, args: Partial<RequestOf<M>> & object) {
    return call(this.#rpc, method, args);
  }
}

function call<M extends RpcMethod>(caller: LocalCaller, method: M, args: Partial<RequestOf<M>> & object) {
  const request = { ...(zero(method.request) as object), Region: 'global', Namespace: 'default', ...args };
  return caller.call(method, request as RequestOf<M>);
}

function ask(ui: FakeTerminal, answer: string): (question: string) => Promise<string> {
  return async (question) => {
    ui.error(question);
    return answer;
  };
}

/** Answers what a client would. */
function pretendedClient(): FakeRpc {
  const files = taskFiles();
  const rpc = new FakeRpc();
  rpc.on(FileSystem_List, ({ Path }) => make(FileSystem_List.reply, { Files: files.list(Path) }));
  rpc.on(FileSystem_Stat, ({ Path }) => make(FileSystem_Stat.reply, { Info: files.stat(Path) }));
  rpc.onStream(FileSystem_Stream, (args) => files.stream(args));
  rpc.onStream(FileSystem_Logs, (args) => files.logs(args));
  rpc.on(ClientStats_Stats, () => make(ClientStats_Stats.reply, { HostStats: files.hostStats }));
  rpc.on(Allocations_Stats, () => make(Allocations_Stats.reply, { Stats: files.allocStats }));
  return rpc;
}
