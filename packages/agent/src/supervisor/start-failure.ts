// SPDX-License-Identifier: MPL-2.0
// Why a task could not be started, in words, from the step and the error number that the supervisor reports.

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { AppError, type ErrorCode } from '#base';
import type { LaunchSpec } from './spec.ts';

export interface StartFailure {
  /** as named in native/supervisor.c */
  readonly step: string;
  /** positive */
  readonly errno: number;
}

const { errno } = constants;

export function startFailure(failure: StartFailure, spec: LaunchSpec): AppError {
  const [code, message] = explain(failure, spec);
  return new AppError(code, message, { context: { step: failure.step, errno: failure.errno } });
}

function explain({ step, errno: number }: StartFailure, spec: LaunchSpec): [ErrorCode, string] {
  const reason = reasonOf(number);
  switch (step) {
    case 'exec':
      return explainExec(number, spec);
    case 'directory':
      return ['invalid', `can't change to the working directory ${JSON.stringify(spec.workDir)}: ${reason}`];
    case 'groups':
    case 'group':
    case 'user':
      return [
        'denied',
        `can't run as user id ${spec.identity?.uid ?? '?'}: ${reason} (an agent that is not root can run tasks only as its own user)`,
      ];
    case 'log directory':
      return [
        'internal',
        `can't use the log directory ${JSON.stringify(spec.logs?.path)} below ${JSON.stringify(spec.logs?.root)}: ${reason}`,
      ];
    case 'cgroup':
      return ['internal', `can't put the task into its cgroup: ${reason}`];
    case 'state':
      return ['internal', `can't write to the state directory ${JSON.stringify(spec.stateDir)}: ${reason}`];
    case 'fork':
    case 'memory':
      return ['limit', `can't make another process: ${reason}`];
    default:
      return ['internal', `starting the task failed at step ${JSON.stringify(step)}: ${reason}`];
  }
}

function explainExec(number: number, spec: LaunchSpec): [ErrorCode, string] {
  const command = JSON.stringify(spec.command);
  switch (number) {
    case errno.ENOENT:
      return [
        'invalid',
        `can't execute ${command}: it does not exist, or the interpreter or loader it names does not exist`,
      ];
    case errno.EACCES:
      return [
        'invalid',
        `can't execute ${command}: permission denied (is it an executable file for the task's user?)`,
      ];
    case errno.ENOEXEC:
      return [
        'invalid',
        `can't execute ${command}: it is not a program for this machine, nor a script that starts with "#!"`,
      ];
    case errno.E2BIG:
      return ['invalid', `can't execute ${command}: its arguments and environment are too long`];
    default:
      return ['invalid', `can't execute ${command}: ${reasonOf(number)}`];
  }
}

/** `permission denied (EACCES)` */
function reasonOf(number: number): string {
  const known = getSystemErrorMap().get(-number);
  return known ? `${known[1]} (${known[0]})` : `error ${number}`;
}
