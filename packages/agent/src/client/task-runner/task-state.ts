// SPDX-License-Identifier: MPL-2.0
// The state of a task as it is told to the servers. Each change makes a new object.

import type { TaskState } from '@serai/api';
import { make, TaskState as TaskStateSchema, zeroTime } from '@serai/api';
import type { Clock } from '#base';
import { appendEvent, type TaskHappening } from '../task/task-events.ts';

/**
 * pending: not started yet, or between two starts
 * running: a process exists
 * dead: will not run again
 */
export type TaskStateKind = 'pending' | 'running' | 'dead';

export class TaskStateMachine {
  readonly #clock: Clock;
  #state: TaskState;

  constructor(state: TaskState | undefined, clock: Clock) {
    this.#clock = clock;
    this.#state = state ?? make(TaskStateSchema, { State: 'pending', Events: [] });
  }

  get state(): TaskState {
    return this.#state;
  }
  get kind(): TaskStateKind {
    return this.#state.State === 'running' || this.#state.State === 'dead' ? this.#state.State : 'pending';
  }
  get hasStarted(): boolean {
    return this.#state.StartedAt !== zeroTime;
  }
  has(event: TaskHappening): boolean {
    return (this.#state.Events ?? []).some((known) => known.Type === event.type);
  }

  add(event: TaskHappening): void {
    this.#state = appendEvent(this.#state, event, this.#clock.nowNs());
  }

  /** A process exists; without an event it is the one that was known before. */
  run({ event }: { event: TaskHappening | undefined }): void {
    if (event) this.add(event);
    this.#state = {
      ...this.#state,
      State: 'running',
      StartedAt: event || !this.hasStarted ? this.#clock.nowIso() : this.#state.StartedAt,
    };
  }

  /** It ended and will start again. Stays "pending", as for the first start. */
  restart(event: TaskHappening): void {
    this.add(event);
    this.#state = {
      ...this.#state,
      State: 'pending',
      Restarts: this.#state.Restarts + 1,
      LastRestart: this.#clock.nowIso(),
    };
  }

  toPending(event: TaskHappening): void {
    this.add(event);
    this.#state = { ...this.#state, State: 'pending' };
  }

  die({ failed }: { failed: boolean }): void {
    this.#state = { ...this.#state, State: 'dead', Failed: failed, FinishedAt: this.#clock.nowIso() };
  }
}
