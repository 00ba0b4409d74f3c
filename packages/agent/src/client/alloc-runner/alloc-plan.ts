// SPDX-License-Identifier: MPL-2.0
// The next steps of an allocation, from the states of its tasks. Pure: called again after each change.
//
//   prestart (one-shot ones must end well, sidecars must run) → main → poststart → all main ended → poststop
//
// A failed task, or the end of the leader, ends all others; poststop tasks run then as well.

import { type TaskHappening, taskEvents } from '../task/task-events.ts';
import type { TaskView } from './task-view.ts';

export type AllocStep =
  | { readonly kind: 'start'; readonly task: string }
  | { readonly kind: 'kill'; readonly task: string; readonly event: TaskHappening | undefined };

export interface AllocView {
  readonly tasks: readonly TaskView[];
  /** the servers want it gone, or it can't run */
  readonly stopping: boolean;
}

export function allocSteps({ tasks, stopping }: AllocView): AllocStep[] {
  const cause = stopping ? { event: undefined } : endCause(tasks);
  if (cause) return endSteps(tasks, cause.event);
  return tasks
    .filter((task) => !task.released && task.state === 'pending' && mayStart(task, tasks))
    .map((task) => ({ kind: 'start', task: task.name }));
}

/** All tasks are dead: nothing will happen any more. */
export function isOver(tasks: readonly TaskView[]): boolean {
  return tasks.every((task) => task.state === 'dead');
}

function mayStart(task: TaskView, tasks: readonly TaskView[]): boolean {
  switch (task.hook) {
    case 'prestart':
      return true;
    case 'main':
      return prestartDone(tasks);
    case 'poststart':
      return prestartDone(tasks) && mains(tasks).every((main) => main.started);
    case 'poststop':
      return false;
  }
}

function prestartDone(tasks: readonly TaskView[]): boolean {
  return tasks
    .filter((task) => task.hook === 'prestart')
    .every((task) => (task.sidecar ? task.started : task.state === 'dead' && !task.failed));
}

function mains(tasks: readonly TaskView[]): readonly TaskView[] {
  return tasks.filter((task) => task.hook === 'main');
}

/** Why the other tasks must end now; undefined: they need not. */
function endCause(tasks: readonly TaskView[]): { event: TaskHappening } | undefined {
  const failed = tasks.find((task) => task.failed && task.state === 'dead' && task.hook !== 'poststop');
  if (failed) return { event: taskEvents.siblingFailed(failed.name) };
  if (tasks.some((task) => task.leader && task.state === 'dead')) return { event: taskEvents.leaderDead() };
  const main = mains(tasks);
  if (main.length > 0 && main.every((task) => task.state === 'dead')) return { event: taskEvents.mainDead() };
  return undefined;
}

/** The leader ends first, then all others, then the poststop tasks run. */
function endSteps(tasks: readonly TaskView[], event: TaskHappening | undefined): AllocStep[] {
  const others = tasks.filter((task) => task.hook !== 'poststop');
  const leader = others.find((task) => task.leader);
  const kill = (task: TaskView): AllocStep[] =>
    task.state === 'dead' || task.killed ? [] : [{ kind: 'kill', task: task.name, event }];
  if (leader && leader.state !== 'dead' && leader.started) return kill(leader);
  const alive = others.filter((task) => task.state !== 'dead');
  if (alive.length > 0) return alive.flatMap(kill);
  const poststop = tasks.filter((task) => task.hook === 'poststop');
  // an allocation that never ran has nothing to clean up after
  if (!others.some((task) => task.started)) return poststop.flatMap(kill);
  return poststop
    .filter((task) => !task.released && task.state === 'pending')
    .map((task) => ({ kind: 'start', task: task.name }));
}
