// SPDX-License-Identifier: MPL-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, TaskState } from '@serai/api';
import { appendEvent, maxTaskEvents, restartReasons, type TaskHappening, taskEvents } from './task-events.ts';

const shown = (event: TaskHappening): string => `${event.type}: ${event.fields.DisplayMessage}`;

test("texts are Nomad's", () => {
  const exit = { exitCode: 130, signal: 2, oomKilled: false, message: '' };
  const table: [TaskHappening, string][] = [
    [taskEvents.received(), 'Received: Task received by client'],
    [taskEvents.buildingTaskDir(), 'Task Setup: Building Task Directory'],
    [taskEvents.started(), 'Started: Task started by client'],
    [taskEvents.terminated(exit), 'Terminated: Exit Code: 130, Signal: 2'],
    [taskEvents.terminated({ ...exit, exitCode: 1, signal: 0 }), 'Terminated: Exit Code: 1'],
    [
      taskEvents.terminated({ ...exit, exitCode: 137, signal: 9, oomKilled: true }),
      'Terminated: Exit Code: 137, Signal: 9, Exit Message: "OOM Killed"',
    ],
    [
      taskEvents.restarting(15_186.952262, restartReasons.withinPolicy),
      'Restarting: Task restarting in 15.186952262s',
    ],
    [
      taskEvents.restarting(1_000, restartReasons.delay),
      'Restarting: Exceeded allowed attempts, applying a delay - Task restarting in 1s',
    ],
    [taskEvents.killing(5_000), 'Killing: Sent interrupt. Waiting 5s before force killing'],
    [taskEvents.killed(), 'Killed: Task successfully killed'],
    [taskEvents.signaling('SIGUSR2'), 'Signaling: Task being sent signal SIGUSR2'],
    [taskEvents.siblingFailed('db'), 'Sibling Task Failed: Task\'s sibling "db" failed'],
    [taskEvents.leaderDead(), 'Leader Task Dead: Leader Task in Group dead'],
    [taskEvents.mainDead(), 'Main Tasks Dead: Main tasks in the group died'],
    [
      taskEvents.notRestarting(restartReasons.exceeded(2, 1_800_000_000_000), true),
      'Not Restarting: Exceeded allowed attempts 2 in interval 30m0s and mode is "fail"',
    ],
    [
      taskEvents.waitingShutdownDelay(3_000),
      'Waiting for shutdown delay: Waiting for shutdown_delay of 3s before killing the task.',
    ],
  ];
  for (const [event, text] of table) assert.equal(shown(event), text);
});

test('details carry what the text says, as strings', () => {
  const event = taskEvents.terminated({ exitCode: 3, signal: 0, oomKilled: false, message: 'lost' });
  assert.deepEqual(event.fields.Details, {
    exit_code: '3',
    signal: '0',
    oom_killed: 'false',
    exit_message: 'lost',
  });
  assert.equal(event.fields.ExitCode, 3);
  assert.equal(taskEvents.killing(5_000).fields.KillTimeout, 5_000_000_000);
});

test('the last ten events are kept, and the state given stays as it was', () => {
  const first = make(TaskState, { State: 'pending', Events: [] });
  let state = first;
  for (let i = 0; i < 15; i++) state = appendEvent(state, taskEvents.signaling(`SIG${i}`), i);
  assert.equal(first.Events?.length, 0);
  assert.equal(state.Events?.length, maxTaskEvents);
  assert.equal(state.Events?.[0]?.TaskSignal, 'SIG5');
  assert.equal(state.Events?.at(-1)?.Time, 14);
});
