// SPDX-License-Identifier: MPL-2.0
// Starts supervisors and finds them again.

import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type Clock, type Logger } from '#base';
import { Cgroups, detectCgroupRoot } from './cgroup.ts';
import { locateHelper } from './helper-binary.ts';
import { readBootId, readPageBytes } from './proc.ts';
import { encodeSpec, type LaunchSpec } from './spec.ts';
import { startFailure } from './start-failure.ts';
import { type ProcessRecord, parseProcessRecord } from './state-files.ts';
import { SupervisedTask, type TaskDependencies } from './supervised-task.ts';

/** Longest time a start may take, from fork to exec; a program on a dead network mount could hang for ever. */
const startTimeoutMs = 30_000;
/** Default of `killGraceMs`; a supervisor itself gives processes 5 s to die of SIGKILL. */
const defaultKillGraceMs = 10_000;
/** Longest answer of a supervisor, in bytes; longer ones are not from ours. */
const maxAnswerBytes = 512;

export interface SupervisorOptions {
  /** the agent's own directory, for a helper that must be copied or compiled; must allow execution */
  readonly cacheDir: string;
  /** a helper to use instead of the one for this machine */
  readonly helperPath?: string;
  /** directory of native sources and prebuilt helpers, when it is not beside this module (bundles) */
  readonly nativeDir?: string;
  /** `none`: never use cgroups; a path: make them there; undefined: where this machine has them */
  readonly cgroupRoot?: string;
  /** how long a killed task may take to be gone before its supervisor is killed, too */
  readonly killGraceMs?: number;
}

export interface SupervisorDependencies {
  readonly clock: Clock;
  readonly log: Logger;
}

interface Ready {
  readonly helper: string;
  readonly bootId: string;
  readonly task: TaskDependencies;
}

/** Holds nothing that must survive: everything about a task is in its state directory. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #deps: SupervisorDependencies;
  #ready: Promise<Ready> | undefined;

  constructor(options: SupervisorOptions, deps: SupervisorDependencies) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Finds the helper for this machine. Optional: else the first launch does it. */
  async prepare(): Promise<void> {
    await this.#prepared();
  }

  /**
   * Starts a task. What an agent that was killed in between may have started from the same state directory is killed
   * first, so a task never runs twice.
   * @throws AppError that says why the program could not be started; then nothing is left of it.
   */
  async launch(spec: LaunchSpec): Promise<SupervisedTask> {
    const { helper, bootId, task: deps } = await this.#prepared();
    await mkdir(spec.stateDir, { recursive: true, mode: 0o700 });
    await this.#killFormer(spec);
    const cgroupPath = spec.cgroup === undefined ? undefined : await deps.cgroups.create(spec.cgroup);
    try {
      const answer = await this.#run(helper, spec, encodeSpec(spec, { bootId, cgroupPath }));
      const record = parseAnswer(answer, { bootId, spec });
      return await this.#watched(
        spec.stateDir,
        cgroupPath === undefined ? record : { ...record, cgroup: cgroupPath },
      );
    } catch (error) {
      if (cgroupPath !== undefined) {
        await deps.cgroups.kill(cgroupPath);
        await deps.cgroups.remove(cgroupPath);
      }
      throw error;
    }
  }

  /**
   * Finds a task again that this or another agent started, running or ended.
   * @throws AppError `not-found` when the state directory does not tell of one.
   */
  async attach(stateDir: string): Promise<SupervisedTask> {
    const text = await readFile(join(stateDir, 'pid'), 'utf8').catch(() => '');
    const record = parseProcessRecord(text);
    if (!record) throw new AppError('not-found', 'nothing is known of the task: its state directory is gone');
    return await this.#watched(stateDir, record);
  }

  /** Removes what the task's supervisor wrote, after the task is gone; not what a later one wrote in its place. */
  async forget(task: SupervisedTask): Promise<void> {
    const { stateDir, record } = task.identity;
    task.release();
    const now = parseProcessRecord(await readFile(join(stateDir, 'pid'), 'utf8').catch(() => ''));
    if (now && (now.pid !== record.pid || now.startTicks !== record.startTicks)) return;
    for (const name of ['pid', 'pid.tmp', 'exit', 'exit.tmp', 'alive', 'ctl'])
      await rm(join(stateDir, name), { force: true });
  }

  async #prepared(): Promise<Ready> {
    this.#ready ??= this.#prepare();
    try {
      return await this.#ready;
    } catch (error) {
      // a compiler may be installed meanwhile
      this.#ready = undefined;
      throw error;
    }
  }

  async #prepare(): Promise<Ready> {
    const { helperPath, cgroupRoot, killGraceMs = defaultKillGraceMs, ...binary } = this.#options;
    const { clock } = this.#deps;
    const root = cgroupRoot === 'none' ? undefined : (cgroupRoot ?? (await detectCgroupRoot()));
    const cgroups = new Cgroups({ root }, { clock });
    return {
      helper: helperPath ?? (await locateHelper(binary)),
      bootId: readBootId(),
      task: { clock, cgroups, pageBytes: readPageBytes(), killGraceMs },
    };
  }

  async #watched(stateDir: string, record: ProcessRecord): Promise<SupervisedTask> {
    const { task: deps } = await this.#prepared();
    const task = new SupervisedTask({ stateDir, record }, deps);
    task.watch();
    return task;
  }

  async #killFormer(spec: LaunchSpec): Promise<void> {
    const former = await this.attach(spec.stateDir).catch(() => undefined);
    if (!former) return;
    if (former.isRunning()) {
      this.#deps.log.warn('killing a former instance of the task', { task: spec.label, pid: former.pid });
      await former.kill();
    }
    former.release();
  }

  /** Runs a helper up to its answer. It goes on by itself after that: own session, no pipe to us, not waited for. */
  async #run(helper: string, spec: LaunchSpec, input: Buffer): Promise<string> {
    const child = spawn(helper, [spec.label], {
      argv0: 'serai-supervisor',
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.unref();
    const answer = Promise.withResolvers<string>();
    let text = '';
    const timer = this.#deps.clock.after(startTimeoutMs, () => {
      child.kill('SIGKILL');
      answer.reject(
        new AppError(
          'timeout',
          `${JSON.stringify(spec.command)} did not start within ${startTimeoutMs / 1000} s`,
        ),
      );
    });
    child.on('error', (cause) =>
      answer.reject(
        new AppError('internal', `can't run the supervisor ${helper}: ${cause.message}`, { cause }),
      ),
    );
    child.stdin.on('error', () => {}); // it ended before it took everything: its answer or its end says why
    child.stdout.on('error', () => {});
    child.stdout.on('data', (data: Buffer) => {
      if (text.length < maxAnswerBytes) text += data.toString('latin1');
    });
    // it closes its end after the answer, or by ending: so when a start has failed, nothing is left of it
    child.stdout.on('close', () => {
      if (text !== '') answer.resolve(text);
      else answer.reject(new AppError('internal', `the supervisor ${helper} ended without an answer`));
    });
    child.stdin.end(input);
    try {
      return await answer.promise;
    } finally {
      timer.cancel();
      child.stdin.destroy();
      child.stdout.destroy();
    }
  }
}

/** `ok <pid> <start> <supervisor> <its start>` or `error <step> <errno>` */
function parseAnswer(answer: string, { bootId, spec }: { bootId: string; spec: LaunchSpec }): ProcessRecord {
  const ok = /^ok (\d+) (\d+) (\d+) (\d+)\n$/.exec(answer);
  if (ok) {
    const [pid = 0, startTicks = 0, supervisorPid = 0, supervisorStartTicks = 0] = ok.slice(1).map(Number);
    return { pid, startTicks, supervisorPid, supervisorStartTicks, bootId };
  }
  const failed = /^error (.+) (\d+)\n$/.exec(answer);
  if (failed) throw startFailure({ step: failed[1] ?? '', errno: Number(failed[2]) }, spec);
  throw new AppError('internal', 'the supervisor gave an answer that makes no sense');
}
