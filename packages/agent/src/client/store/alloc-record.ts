// SPDX-License-Identifier: MPL-2.0
// What the client must know of an allocation to go on after a restart, and its form on disk.

import { createHash } from 'node:crypto';
import type {
  Allocation as AllocationType,
  AllocDeploymentStatus as AllocDeploymentStatusType,
  TaskState as TaskStateType,
} from '@serai/api';
import { Allocation, AllocDeploymentStatus, decode, TaskState } from '@serai/api';
import { AppError } from '#base';
import type { RestartHistory } from '../task-runner/restart-policy.ts';

/** A start of a task by its driver. */
export interface DriverTaskRecord {
  readonly id: string;
  readonly driver: string;
  /** what the driver needs to find it again */
  readonly handle: unknown;
}

export interface TaskRecord {
  readonly state: TaskStateType;
  /** null while no process of it should exist */
  readonly driverTask: DriverTaskRecord | null;
  readonly restarts: RestartHistory;
}

export interface AllocRecord {
  /** as the server sent it last, with its job */
  readonly alloc: AllocationType;
  readonly tasks: Readonly<Record<string, TaskRecord>>;
  readonly deploymentStatus: AllocDeploymentStatusType | null;
}

/** First line: format, version, SHA-256 of what follows. A torn or edited file is found out before it is believed. */
const magic = 'serai-alloc 1 ';

export function encodeRecord(record: AllocRecord): string {
  const body = JSON.stringify(record);
  return `${magic}${digest(body)}\n${body}\n`;
}

/** @throws AppError that says what is wrong with the text. */
export function decodeRecord(text: string): AllocRecord {
  const end = text.indexOf('\n');
  const header = text.slice(0, Math.max(0, end));
  if (!header.startsWith(magic)) throw new AppError('invalid', 'it is not a file of allocation state');
  const body = text.slice(end + 1).replace(/\n$/, '');
  if (header.slice(magic.length) !== digest(body))
    throw new AppError('invalid', 'its checksum does not match: it was cut short or changed');
  const raw = asObject(JSON.parse(body), 'record');
  const tasks: Record<string, TaskRecord> = {};
  for (const [name, task] of Object.entries(asObject(raw['tasks'], 'tasks')))
    tasks[name] = decodeTask(asObject(task, `tasks.${name}`));
  const status = raw['deploymentStatus'];
  return {
    alloc: decode(Allocation, raw['alloc']),
    tasks,
    deploymentStatus: status === null ? null : decode(AllocDeploymentStatus, status),
  };
}

function decodeTask(raw: Record<string, unknown>): TaskRecord {
  const restarts = asObject(raw['restarts'], 'restarts');
  const startedMs = restarts['startedMs'];
  const started = raw['driverTask'] === null ? null : asObject(raw['driverTask'], 'driverTask');
  return {
    state: decode(TaskState, raw['state']),
    driverTask: started && {
      id: String(started['id']),
      driver: String(started['driver']),
      handle: started['handle'] ?? null,
    },
    restarts: {
      count: Number(restarts['count']),
      startedMs: typeof startedMs === 'number' ? startedMs : undefined,
    },
  };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AppError('invalid', `${what} is missing`);
  return value as Record<string, unknown>;
}

function digest(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
