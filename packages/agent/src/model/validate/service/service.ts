// SPDX-License-Identifier: MPL-2.0
// Services of groups and tasks: names, providers, ports and where they point.

import type { Service, Task, TaskGroup } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import { portLabels } from '../network.ts';
import { isInterpolated } from '../path.ts';
import { validateChecks } from './check.ts';
import { validateConnect } from './connect.ts';

const serviceName = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** Where a service stands. */
export interface ServiceOwner {
  readonly group: TaskGroup;
  /** undefined for a service of the group */
  readonly task: Task | undefined;
  readonly labels: ReadonlySet<string>;
}

export function validateGroupServices(errors: ErrorList, group: TaskGroup): void {
  const owner: ServiceOwner = { group, task: undefined, labels: portLabels(group.Networks) };
  errors.nest('Task group service validation failed', (inner) => {
    validateServices(inner, group.Services ?? [], owner);
    const all = [...(group.Services ?? []), ...(group.Tasks ?? []).flatMap((task) => task.Services ?? [])];
    const providers = new Set(all.map((service) => service.Provider));
    inner.addIf(
      providers.size > 1,
      'Multiple service providers used: task group services must use the same provider',
    );
  });
}

export function validateTaskServices(errors: ErrorList, task: Task, group: TaskGroup): void {
  const own = portLabels(task.Resources?.Networks ?? null);
  const labels = own.union(portLabels(group.Networks));
  validateServices(errors, task.Services ?? [], { group, task, labels });
}

function validateServices(errors: ErrorList, services: readonly Service[], owner: ServiceOwner): void {
  const seen = new Set<string>();
  for (const [i, service] of services.entries()) {
    errors.nest(`Service[${i}] ${service.Name} validation failed`, (inner) =>
      validateService(inner, service, owner),
    );
    const key = `${service.Name}\n${service.PortLabel}\n${service.Address}\n${service.AddressMode}`;
    errors.addIf(
      seen.has(key),
      `Service ${quote(service.Name)} is duplicate: another one has the same name and port`,
    );
    seen.add(key);
  }
}

function validateService(errors: ErrorList, service: Service, owner: ServiceOwner): void {
  errors.addIf(
    !isInterpolated(service.Name) && !serviceName.test(service.Name),
    `Service name must be valid per RFC 1123 and can contain only alphanumeric characters or dashes and must be no longer than 63 characters: ${quote(service.Name)}`,
  );
  errors.addIf(
    service.Provider !== 'consul' && service.Provider !== 'nomad',
    `Service provider ${quote(service.Provider)} is unknown; must be consul or nomad`,
  );
  errors.addIf(
    !['require_healthy', 'ignore_warnings', 'ignore'].includes(service.OnUpdate),
    `Service on_update must be "require_healthy", "ignore_warnings" or "ignore"; not ${quote(service.OnUpdate)}`,
  );
  validateAddress(errors, service);
  validateServicePort(errors, service, owner);
  validateServiceTask(errors, service, owner);
  if (service.Provider === 'nomad') validateNative(errors, service);
  if (service.Connect) validateConnect(errors, service, owner);
  validateChecks(errors, service, owner);
}

function validateAddress(errors: ErrorList, service: Service): void {
  errors.addIf(
    !['auto', 'host', 'driver', 'alloc'].includes(service.AddressMode),
    `Service address_mode must be "auto", "host", "driver" or "alloc"; not ${quote(service.AddressMode)}`,
  );
  errors.addIf(
    service.Address !== '' && service.AddressMode !== 'auto',
    `Service address_mode must be "auto" if address is set`,
  );
}

/** A label must exist; a number is a port of its own unless the host's address is meant. */
function validateServicePort(errors: ErrorList, service: Service, owner: ServiceOwner): void {
  const label = service.PortLabel;
  if (label === '' || isInterpolated(label) || owner.labels.has(label)) return;
  if (/^\d+$/.test(label)) {
    const port = Number(label);
    errors.addIf(port < 1 || port > 65_535, `Service port ${label} is out of range 1 to 65535`);
    return;
  }
  errors.add(`port label ${quote(label)} referenced by services ${service.Name} does not exist`);
}

function validateServiceTask(errors: ErrorList, service: Service, owner: ServiceOwner): void {
  if (service.TaskName === '') return;
  const exists = (owner.group.Tasks ?? []).some((task) => task.Name === service.TaskName);
  errors.addIf(!exists, `Service task ${quote(service.TaskName)} is not a task of the group`);
  errors.addIf(
    owner.task !== undefined && service.TaskName !== owner.task.Name,
    `Service task must be the task it is defined in, ${quote(owner.task?.Name ?? '')}`,
  );
}

/** What only Consul can do. */
function validateNative(errors: ErrorList, service: Service): void {
  errors.addIf(service.EnableTagOverride, 'Service with provider nomad cannot use enable_tag_override');
  errors.addIf(service.Connect !== null, 'Service with provider nomad cannot include Connect blocks');
}
