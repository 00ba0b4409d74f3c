// SPDX-License-Identifier: MPL-2.0

import { nullLogger, systemClock } from '#base';
import { RawExecDriver } from '#drivers';
import { type Behaviour, driverSuite } from './driver-suite.ts';
import type { TaskSandbox } from './task-sandbox.ts';

function shell(script: string, ...args: string[]): Readonly<Record<string, unknown>> {
  return { command: '/bin/sh', args: ['-c', script, 'sh', ...args] };
}

function config(behaviour: Behaviour): Readonly<Record<string, unknown>> {
  switch (behaviour.kind) {
    case 'exit':
      return shell(`exit ${behaviour.code}`);
    case 'die':
      return shell(`kill -${behaviour.signal} $$`);
    case 'run':
      return { command: 'sleep', args: ['1000'] };
    case 'run-briefly':
      return shell(`sleep 0.1; exit ${behaviour.code}`);
    case 'stubborn':
      return shell('trap "" TERM INT; echo ready; while :; do sleep 0.05; done');
    case 'print':
      return shell('printf %s "$1"', behaviour.text);
    case 'unstartable':
      return { command: '/nonexistent/program' };
  }
}

const open =
  (options: { enabled: boolean; noCgroups: boolean }) =>
  (sandbox: TaskSandbox): RawExecDriver =>
    new RawExecDriver(options, {
      supervisor: sandbox.supervisor(),
      clock: systemClock,
      log: nullLogger,
      coreMhz: 2000,
    });

const openDisabled = open({ enabled: false, noCgroups: false });
driverSuite('raw_exec', { config, openDisabled, open: open({ enabled: true, noCgroups: false }) });
driverSuite('raw_exec', { config, openDisabled, open: open({ enabled: true, noCgroups: true }) });
