// SPDX-License-Identifier: MPL-2.0
// What happened to a task, in Nomad's words: types, details and the text that the CLI shows. Pure.

import type { TaskEvent, TaskState } from '@serai/api';
import { formatDuration, make, TaskEvent as TaskEventSchema } from '@serai/api';

/** Events kept per task; older ones go first. */
export const maxTaskEvents = 10;

type Fields = Partial<Omit<TaskEvent, 'Type' | 'Time'>>;

/** An event before it gets its time. */
export interface TaskHappening {
  readonly type: string;
  readonly fields: Fields;
}

function happening(type: string, display: string, fields: Fields = {}): TaskHappening {
  return { type, fields: { ...fields, DisplayMessage: display, Details: fields.Details ?? {} } };
}

export const taskEvents = {
  received: () => happening('Received', 'Task received by client'),
  buildingTaskDir: () =>
    happening('Task Setup', 'Building Task Directory', {
      Message: 'Building Task Directory',
      Details: { message: 'Building Task Directory' },
    }),
  setupFailure: (error: string) =>
    happening('Setup Failure', error, {
      SetupError: error,
      FailsTask: true,
      Details: { setup_error: error, fails_task: 'true' },
    }),
  failedValidation: (error: string) =>
    happening('Failed Validation', error, {
      ValidationError: error,
      FailsTask: true,
      Details: { validation_error: error, fails_task: 'true' },
    }),
  driverFailure: (error: string) =>
    happening('Driver Failure', error, { DriverError: error, Details: { driver_error: error } }),
  started: () => happening('Started', 'Task started by client'),
  terminated: (exit: { exitCode: number; signal: number; oomKilled: boolean; message: string }) => {
    const parts = [`Exit Code: ${exit.exitCode}`];
    if (exit.signal !== 0) parts.push(`Signal: ${exit.signal}`);
    const message = exit.message !== '' ? exit.message : exit.oomKilled ? 'OOM Killed' : '';
    if (message !== '') parts.push(`Exit Message: ${JSON.stringify(message)}`);
    return happening('Terminated', parts.join(', '), {
      ExitCode: exit.exitCode,
      Signal: exit.signal,
      Message: message,
      Details: {
        exit_code: String(exit.exitCode),
        signal: String(exit.signal),
        oom_killed: String(exit.oomKilled),
        ...(message === '' ? {} : { exit_message: message }),
      },
    });
  },
  restarting: (delayMs: number, reason: string) => {
    const delayNs = Math.round(delayMs * 1_000_000);
    const text = `Task restarting in ${formatDuration(delayNs)}`;
    const shown = reason !== '' && reason !== restartReasons.withinPolicy ? `${reason} - ${text}` : text;
    return happening('Restarting', shown, {
      StartDelay: delayNs,
      RestartReason: reason,
      Details: { start_delay: String(delayNs), restart_reason: reason },
    });
  },
  notRestarting: (reason: string, fails: boolean) =>
    happening('Not Restarting', reason !== '' ? reason : 'Task exceeded restart policy', {
      RestartReason: reason,
      FailsTask: fails,
      Details: { restart_reason: reason, ...(fails ? { fails_task: 'true' } : {}) },
    }),
  restartSignaled: (reason: string) =>
    happening('Restart Signaled', reason !== '' ? reason : 'Task signaled to restart', {
      RestartReason: reason,
      Details: { restart_reason: reason },
    }),
  signaling: (signal: string, reason = '') =>
    happening(
      'Signaling',
      reason === '' ? `Task being sent signal ${signal}` : `Task being sent signal ${signal}: ${reason}`,
      {
        TaskSignal: signal,
        TaskSignalReason: reason,
        Details: { signal, ...(reason === '' ? {} : { task_signal_reason: reason }) },
      },
    ),
  killing: (timeoutMs: number, reason = '') => {
    const timeoutNs = Math.round(timeoutMs * 1_000_000);
    const text = `Sent interrupt. Waiting ${formatDuration(timeoutNs)} before force killing`;
    return happening('Killing', reason !== '' ? reason : text, {
      KillTimeout: timeoutNs,
      KillReason: reason,
      Details: {
        kill_timeout: formatDuration(timeoutNs),
        ...(reason === '' ? {} : { kill_reason: reason }),
      },
    });
  },
  killed: (error = '') =>
    happening('Killed', error !== '' ? error : 'Task successfully killed', {
      KillError: error,
      Details: error === '' ? {} : { kill_error: error },
    }),
  siblingFailed: (sibling: string) =>
    happening('Sibling Task Failed', `Task's sibling "${sibling}" failed`, {
      FailedSibling: sibling,
      Details: { failed_sibling: sibling },
    }),
  leaderDead: () => happening('Leader Task Dead', 'Leader Task in Group dead'),
  mainDead: () => happening('Main Tasks Dead', 'Main tasks in the group died'),
  hookFailed: (hook: string, error: string) =>
    happening('Task hook failed', `${hook}: ${error}`, { Details: { [hook]: error } }),
  failedRestoring: (error: string) =>
    happening('Failed Restoring Task', `failed to restore task; will start it again: ${error}`, {
      Message: error,
    }),
  waitingShutdownDelay: (delayMs: number) =>
    happening(
      'Waiting for shutdown delay',
      `Waiting for shutdown_delay of ${formatDuration(Math.round(delayMs * 1_000_000))} before killing the task.`,
    ),
  skippingShutdownDelay: (delayMs: number) =>
    happening(
      'Skipping shutdown delay',
      `Skipping shutdown_delay of ${formatDuration(Math.round(delayMs * 1_000_000))} before killing the task.`,
    ),
  deploymentUnhealthy: (reason: string) => happening('Alloc Unhealthy', reason, { Message: reason }),
} as const;

/** Reasons in "Restarting" and "Not Restarting". */
export const restartReasons = {
  withinPolicy: 'Restart within policy',
  delay: 'Exceeded allowed attempts, applying a delay',
  noneAllowed: 'Policy allows no restarts',
  unrecoverable: 'Error was unrecoverable',
  success: 'Restart unnecessary as task terminated successfully',
  exceeded: (attempts: number, intervalNs: number) =>
    `Exceeded allowed attempts ${attempts} in interval ${formatDuration(intervalNs)} and mode is "fail"`,
} as const;

/** The state with one event more. */
export function appendEvent(state: TaskState, event: TaskHappening, nowNs: number): TaskState {
  const made = make(TaskEventSchema, { ...event.fields, Type: event.type, Time: nowNs });
  return { ...state, Events: [...(state.Events ?? []), made].slice(-maxTaskEvents) };
}
