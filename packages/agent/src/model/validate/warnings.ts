// SPDX-License-Identifier: MPL-2.0
// What is allowed but probably not meant.

import type { Job, TaskGroup } from '@serai/api';
import { quote } from './error-list.ts';

export interface WarningOptions {
  /** the cluster's scheduler configuration allows memory_max; unknown when missing */
  readonly memoryOversubscription?: boolean;
}

export function jobWarnings(job: Job, options: WarningOptions): string[] {
  const warnings: string[] = [];
  for (const group of job.TaskGroups ?? []) {
    for (const warning of groupWarnings(group, job))
      warnings.push(`Group ${quote(group.Name)} has warnings: ${warning}`);
    if (options.memoryOversubscription === false) warnings.push(...oversubscriptionWarnings(group));
  }
  const updates = (job.TaskGroups ?? []).map((group) => group.Update?.AutoPromote ?? false);
  if (updates.some(Boolean) && !updates.every(Boolean))
    warnings.push('auto_promote must be true for all groups to enable automatic promotion');
  if (job.Periodic && job.Periodic.Spec !== '')
    warnings.push('cron is deprecated and may be removed in a future release. Use crons instead');
  if (job.Multiregion)
    warnings.push(`multiregion is stored with the job, which runs in region ${quote(job.Region)} only`);
  return warnings;
}

function groupWarnings(group: TaskGroup, job: Job): string[] {
  const warnings: string[] = [];
  const parallel = group.Update?.MaxParallel ?? 0;
  if (job.Type === 'service' && group.Update && parallel > group.Count && group.Count > 0) {
    warnings.push(
      `Update max parallel count is greater than task group count (${parallel} > ${group.Count}). A destructive change would result in the simultaneous replacement of all allocations.`,
    );
  }
  const reschedule = group.ReschedulePolicy;
  if (reschedule?.Unlimited && reschedule.Attempts > 0)
    warnings.push('reschedule attempts and interval are not used because unlimited is true');
  for (const network of group.Networks ?? []) {
    if (network.MBits > 0)
      warnings.push(
        'mbits has been deprecated as of Nomad 0.12.0. Please remove mbits from the network block',
      );
  }
  for (const task of group.Tasks ?? []) {
    if ((task.Resources?.IOPS ?? 0) > 0)
      warnings.push(
        `Task ${quote(task.Name)}: IOPS has been deprecated as of Nomad 0.9.0. Please remove IOPS from resource block`,
      );
    if ((task.Resources?.Networks?.length ?? 0) > 0)
      warnings.push(
        `Task ${quote(task.Name)}: task network resources have been deprecated as of Nomad 0.12.0. Please configure networking via group network block`,
      );
    if ((task.Templates ?? []).some((template) => template.VaultGrace > 0))
      warnings.push(
        `Task ${quote(task.Name)}: VaultGrace has been deprecated as of Nomad 0.11 and ignored since Vault 0.5. Please remove VaultGrace / vault_grace from template block`,
      );
  }
  return warnings;
}

function oversubscriptionWarnings(group: TaskGroup): string[] {
  return (group.Tasks ?? [])
    .filter((task) => (task.Resources?.MemoryMaxMB ?? 0) > 0)
    .map(
      (task) =>
        `Memory oversubscription is not enabled; Task "${group.Name}.${task.Name}" memory_max value will be ignored. Update the Scheduler Configuration to allow oversubscription.`,
    );
}
