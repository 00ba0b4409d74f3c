// SPDX-License-Identifier: MPL-2.0
// A task. Whether its driver exists and takes its configuration is known elsewhere.

import { formatDuration, type Task, type TaskGroup } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import { hasNull } from '../path.ts';
import { validateAffinities, validateConstraints } from '../placement.ts';
import { validateRestart } from '../policies.ts';
import { validateTaskServices } from '../service/service.ts';
import { validateCsiPlugin, validateMounts } from '../volume.ts';
import { validateTaskFiles } from './files.ts';
import { validateIdentities, validateVault } from './identity.ts';
import { validateLogs, validateTaskResources } from './task-resources.ts';

/** A task's name is a directory's name: bytes. */
const maxTaskNameBytes = 128;
/** `alloc` is the directory that the group's tasks share. */
const reservedNames = new Set(['alloc', '.', '..']);

export function validateTask(errors: ErrorList, task: Task, group: TaskGroup): void {
  validateTaskName(errors, task.Name);
  errors.addIf(task.Driver === '', 'Missing task driver');
  validateTaskTimes(errors, task, group);
  if (task.Resources) validateTaskResources(errors, task.Resources);
  else errors.add('Missing task resources');
  validateLogs(errors, task.LogConfig, group.EphemeralDisk);
  validateConstraints(errors, task.Constraints, 'task');
  validateAffinities(errors, task.Affinities);
  if (task.RestartPolicy) validateRestart(errors, task.RestartPolicy);
  validateTaskServices(errors, task, group);
  validateTaskFiles(errors, task);
  if (task.Vault) validateVault(errors, task.Vault);
  validateIdentities(errors, task);
  validateMounts(errors, task, group);
  if (task.CSIPluginConfig) validateCsiPlugin(errors, task.CSIPluginConfig);
  validateLifecycle(errors, task);
  validateExtras(errors, task);
}

function validateTaskName(errors: ErrorList, name: string): void {
  if (name === '') {
    errors.add('Missing task name');
    return;
  }
  errors.addIf(/[/\\]/.test(name), 'Task name cannot include slashes');
  errors.addIf(hasNull(name), 'Task name contains a null character');
  errors.addIf(reservedNames.has(name), `Task name ${quote(name)} is reserved`);
  errors.addIf(
    Buffer.byteLength(name) > maxTaskNameBytes,
    `Task name is longer than ${maxTaskNameBytes} bytes`,
  );
}

function validateTaskTimes(errors: ErrorList, task: Task, group: TaskGroup): void {
  errors.addIf(task.KillTimeout < 0, 'KillTimeout must be a positive value');
  errors.addIf(task.ShutdownDelay < 0, 'ShutdownDelay must be a positive value');
  const deadline = group.Update?.ProgressDeadline ?? 0;
  errors.addIf(
    deadline > 0 && task.KillTimeout > deadline,
    `KillTimeout (${formatDuration(task.KillTimeout)}) longer than the group's ProgressDeadline (${formatDuration(deadline)})`,
  );
}

function validateLifecycle(errors: ErrorList, task: Task): void {
  const lifecycle = task.Lifecycle;
  if (!lifecycle) return;
  const { Hook: hook, Sidecar: sidecar } = lifecycle;
  if (hook === '') errors.add('no lifecycle hook provided');
  else if (!['prestart', 'poststart', 'poststop'].includes(hook))
    errors.add(`invalid lifecycle hook: ${hook}; must be prestart, poststart or poststop`);
  errors.addIf(hook === 'poststop' && sidecar, 'a poststop task cannot be a sidecar');
  errors.addIf(task.Leader && hook !== '', 'a task with a lifecycle hook cannot be the leader');
}

/** Blocks of later versions. */
function validateExtras(errors: ErrorList, task: Task): void {
  const actions = new Set<string>();
  for (const action of task.Actions ?? []) {
    errors.addIf(!/^[a-zA-Z0-9-]{1,128}$/.test(action.Name), `Invalid action name: ${quote(action.Name)}`);
    errors.addIf(action.Command === '', `Action ${quote(action.Name)} needs a command`);
    errors.addIf(actions.has(action.Name), `Action ${quote(action.Name)} is defined twice`);
    actions.add(action.Name);
  }
  const secrets = new Set<string>();
  for (const secret of task.Secrets ?? []) {
    errors.addIf(!/^[a-zA-Z0-9_]{1,128}$/.test(secret.Name), `Invalid secret name: ${quote(secret.Name)}`);
    errors.addIf(secret.Provider === '', `Secret ${quote(secret.Name)} needs a provider`);
    errors.addIf(secret.Path === '', `Secret ${quote(secret.Name)} needs a path`);
    errors.addIf(secrets.has(secret.Name), `Secret ${quote(secret.Name)} is defined twice`);
    secrets.add(secret.Name);
  }
}
