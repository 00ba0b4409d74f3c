// SPDX-License-Identifier: MPL-2.0
// raw_exec in a sandbox, for the tests of this folder.

import type { TestContext } from 'node:test';
import { nullLogger, systemClock } from '#base';
import { RawExecDriver, type TaskStart } from '#drivers';
import { TaskSandbox } from '../../conformance/drivers/task-sandbox.ts';

export const never = new AbortController().signal;
export const isRoot = process.getuid?.() === 0;

export interface RawExecFixture {
  readonly sandbox: TaskSandbox;
  readonly driver: RawExecDriver;
  /** Starts a command and gives its id. */
  run(command: readonly string[], overrides?: RunOverrides): Promise<string>;
  /** Starts a script of the shell; further words are its arguments. */
  sh(script: string, overrides?: RunOverrides): Promise<string>;
}

export type RunOverrides = Partial<Omit<TaskStart, 'config' | 'logs'>> & {
  logs?: Partial<TaskStart['logs']>;
};

export function rawExec(
  t: TestContext,
  options: { noCgroups?: boolean; sandbox?: TaskSandbox; killGraceMs?: number } = {},
): RawExecFixture {
  const sandbox = options.sandbox ?? new TaskSandbox(t);
  const driver = openDriver(sandbox, options.noCgroups, options.killGraceMs);
  const run = async (command: readonly string[], overrides: RunOverrides = {}): Promise<string> => {
    const [program = '', ...args] = command;
    const task = sandbox.task(driver, { ...overrides, config: { command: program, args } });
    await driver.start(task);
    return task.id;
  };
  return { sandbox, driver, run, sh: (script, overrides) => run(['/bin/sh', '-c', script], overrides) };
}

export function openDriver(sandbox: TaskSandbox, noCgroups = false, killGraceMs = 10_000): RawExecDriver {
  return new RawExecDriver(
    { enabled: true, noCgroups },
    { supervisor: sandbox.supervisor({ killGraceMs }), clock: systemClock, log: nullLogger, coreMhz: 2000 },
  );
}
