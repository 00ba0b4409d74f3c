// SPDX-License-Identifier: MPL-2.0
// Defaults of services and their checks. A service's name may contain ${JOB}, ${TASKGROUP}, ${TASK} and ${BASE}: they
// are fixed at registration, everything else in it is left for run time.

import { type CheckRestart, type Input, type Service, type ServiceCheck, second } from '@serai/api';
import { canonicalizeConnect } from './connect.ts';
import { mapPresent, overlay, textOr } from './given.ts';

/** Where a service stands. A group service has no task. */
export interface ServicePlace {
  readonly jobName: string;
  readonly namespace: string;
  readonly groupName: string;
  readonly taskName: string | undefined;
}

export function canonicalizeService(service: Input<Service>, place: ServicePlace): Input<Service> {
  const { jobName, groupName, taskName } = place;
  const base = `${jobName}-${groupName}-${taskName ?? 'group'}`;
  const fallback = taskName === undefined ? `${jobName}-${groupName}` : base;
  const name = fillName(textOr(service.Name, fallback), {
    JOB: jobName,
    TASKGROUP: groupName,
    TASK: taskName ?? 'group',
    BASE: base,
  });
  const provider = textOr(service.Provider, 'consul');
  const onUpdate = textOr(service.OnUpdate, 'require_healthy');
  return {
    ...service,
    Name: name,
    Provider: provider,
    OnUpdate: onUpdate,
    AddressMode: textOr(service.AddressMode, 'auto'),
    // Consul's own namespaces are chosen by the group's consul block; only our services live in the job's namespace.
    Namespace: provider === 'nomad' ? place.namespace : textOr(service.Namespace, 'default'),
    Checks: mapPresent(service.Checks, (check) => canonicalizeCheck(check, { name, onUpdate })),
    Connect: service.Connect ? canonicalizeConnect(service.Connect) : null,
  };
}

function fillName(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(JOB|TASKGROUP|TASK|BASE)\}/g, (whole, key: string) => values[key] ?? whole);
}

const defaultCheckRestart: CheckRestart = { Limit: 0, Grace: second, IgnoreWarnings: false };

function canonicalizeCheck(
  check: Input<ServiceCheck>,
  service: { readonly name: string; readonly onUpdate: string },
): Input<ServiceCheck> {
  return {
    ...check,
    Name: textOr(check.Name, `service: ${JSON.stringify(service.name)} check`),
    Type: (check.Type ?? '').toLowerCase(),
    OnUpdate: textOr(check.OnUpdate, service.onUpdate),
    CheckRestart: check.CheckRestart ? overlay<CheckRestart>(defaultCheckRestart, check.CheckRestart) : null,
  };
}
