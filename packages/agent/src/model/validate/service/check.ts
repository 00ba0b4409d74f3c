// SPDX-License-Identifier: MPL-2.0
// Health checks of services.

import { formatDuration, type Service, type ServiceCheck, second } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import { isInterpolated } from '../path.ts';
import type { ServiceOwner } from './service.ts';

const minInterval = second;
const minTimeout = second;
/** Bytes of a request body in an http check. */
const maxBodyBytes = 64 * 1024;

const typesOf: Readonly<Record<string, readonly string[]>> = {
  consul: ['http', 'tcp', 'grpc', 'script'],
  nomad: ['http', 'tcp'],
};

export function validateChecks(errors: ErrorList, service: Service, owner: ServiceOwner): void {
  const seen = new Set<string>();
  for (const check of service.Checks ?? []) {
    errors.nest(`Check ${check.Name} invalid`, (inner) => {
      validateType(inner, check, service.Provider);
      validateTimes(inner, check);
      validateTarget(inner, check, service);
      validateThresholds(inner, check);
      validateScriptTask(inner, check, { service, owner });
    });
    const named = check.Name !== `service: ${quote(service.Name)} check`;
    errors.addIf(named && seen.has(check.Name), `Check name ${quote(check.Name)} is used twice`);
    seen.add(check.Name);
  }
}

function validateType(errors: ErrorList, check: ServiceCheck, provider: string): void {
  const types = typesOf[provider] ?? typesOf['consul'] ?? [];
  errors.addIf(
    !types.includes(check.Type),
    `invalid check type (${quote(check.Type)}), must be one of ${types.map(quote).join(', ')}`,
  );
  if (check.Type === 'http') {
    errors.addIf(check.Path === '', 'http type must have http path');
    errors.addIf(
      /^[a-z][a-z0-9+.-]*:\/\//i.test(check.Path),
      'relative http path: the path of a check must not be an absolute URL',
    );
    errors.addIf(
      !['', 'http', 'https'].includes(check.Protocol),
      `http check protocol must be http or https; not ${quote(check.Protocol)}`,
    );
  }
  errors.addIf(check.Type === 'script' && check.Command === '', 'script type must have a valid script path');
  errors.addIf(
    check.Expose && check.Type !== 'http' && check.Type !== 'grpc',
    'expose may only be set on HTTP or gRPC checks',
  );
  errors.addIf(
    Buffer.byteLength(check.Body) > maxBodyBytes,
    `body of the check is longer than ${maxBodyBytes} bytes`,
  );
}

function validateTimes(errors: ErrorList, check: ServiceCheck): void {
  if (check.Interval === 0) errors.add('missing required value interval');
  else if (check.Interval < minInterval)
    errors.add(
      `interval (${formatDuration(check.Interval)}) cannot be lower than ${formatDuration(minInterval)}`,
    );
  if (check.Timeout === 0) errors.add('missing required value timeout');
  else if (check.Timeout < minTimeout)
    errors.add(
      `timeout (${formatDuration(check.Timeout)}) is lower than required minimum timeout ${formatDuration(minTimeout)}`,
    );
  errors.addIf(
    !['', 'passing', 'warning', 'critical'].includes(check.InitialStatus),
    `invalid initial check state (${check.InitialStatus}), must be one of "passing", "warning", "critical" or empty`,
  );
}

function validateTarget(errors: ErrorList, check: ServiceCheck, service: Service): void {
  errors.addIf(
    !['', 'host', 'driver', 'alloc'].includes(check.AddressMode),
    `invalid address_mode ${quote(check.AddressMode)}, must be host, driver or alloc`,
  );
  const needsPort = check.Type === 'http' || check.Type === 'tcp' || check.Type === 'grpc';
  const hasPort = check.PortLabel !== '' || service.PortLabel !== '' || check.Expose;
  errors.addIf(
    needsPort && !hasPort && service.Address === '' && !service.Connect,
    `check requires a port but neither check nor service ${quote(service.Name)} have a port`,
  );
}

function validateThresholds(errors: ErrorList, check: ServiceCheck): void {
  const thresholds = [
    ['success_before_passing', check.SuccessBeforePassing],
    ['failures_before_critical', check.FailuresBeforeCritical],
    ['failures_before_warning', check.FailuresBeforeWarning ?? 0],
  ] as const;
  for (const [name, value] of thresholds) {
    errors.addIf(value < 0, `${name} must be non-negative`);
    errors.addIf(value > 0 && check.Type === 'script', `${name} not supported for check of type "script"`);
  }
  const restart = check.CheckRestart;
  errors.addIf((restart?.Limit ?? 0) < 0, 'limit must be greater than or equal to 0');
  errors.addIf((restart?.Grace ?? 0) < 0, 'grace period cannot be negative');
  errors.addIf(
    check.OnUpdate === 'ignore' && restart !== null,
    'on_update value "ignore" not allowed with check_restart',
  );
  errors.addIf(
    check.OnUpdate === 'ignore_warnings' && restart !== null && !restart.IgnoreWarnings,
    'on_update value "ignore_warnings" not supported with check_restart ignore_warnings value "false"',
  );
  errors.addIf(
    !['require_healthy', 'ignore_warnings', 'ignore'].includes(check.OnUpdate),
    `on_update must be "require_healthy", "ignore_warnings" or "ignore"; not ${quote(check.OnUpdate)}`,
  );
}

/** A script runs inside a task, so it must be clear in which. */
function validateScriptTask(
  errors: ErrorList,
  check: ServiceCheck,
  where: { readonly service: Service; readonly owner: ServiceOwner },
): void {
  const { owner, service } = where;
  const name = check.TaskName !== '' ? check.TaskName : service.TaskName;
  if (owner.task) return;
  if (name === '') {
    errors.addIf(check.Type === 'script', 'script check of a group service must name its task');
    return;
  }
  const exists = (owner.group.Tasks ?? []).some((task) => task.Name === name);
  errors.addIf(
    !exists && !isInterpolated(name),
    `check refers to task ${quote(name)} which is not a task of the group`,
  );
}
