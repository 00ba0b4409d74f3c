// SPDX-License-Identifier: MPL-2.0
// What a task asks of its node, and its log files.

import type { EphemeralDisk, LogConfig, RequestedDevice, Resources } from '@serai/api';
import { type ErrorList, quote } from '../error-list.ts';
import { validateAffinities, validateConstraints } from '../placement.ts';

/** MHz */
const minCpu = 1;
/** MiB; less than this no process starts */
const minMemoryMb = 10;
/** What a single request may name, so that sums stay exact integers: MHz or MiB. */
const maxAmount = 2 ** 40;

export function validateTaskResources(errors: ErrorList, resources: Resources): void {
  errors.addIf(
    resources.Cores > 0 && resources.CPU > 0,
    "Task can only ask for 'cpu' or 'cores' resource, not both.",
  );
  errors.addIf(resources.Cores < 0, `cores must not be negative; got ${resources.Cores}`);
  errors.addIf(
    resources.Cores <= 0 && resources.CPU < minCpu,
    `minimum CPU value is ${minCpu}; got ${resources.CPU}`,
  );
  errors.addIf(
    resources.MemoryMB < minMemoryMb,
    `minimum MemoryMB value is ${minMemoryMb}; got ${resources.MemoryMB}`,
  );
  errors.addIf(
    resources.MemoryMaxMB !== 0 && resources.MemoryMaxMB < resources.MemoryMB,
    `MemoryMaxMB value (${resources.MemoryMaxMB}) should be larger than MemoryMB value (${resources.MemoryMB})`,
  );
  for (const field of ['CPU', 'Cores', 'MemoryMB', 'MemoryMaxMB'] as const)
    errors.addIf(resources[field] > maxAmount, `${field} value ${resources[field]} is beyond any machine`);
  errors.addIf(
    resources.DiskMB > 0,
    "Task can't ask for disk resources, they have to be specified at the task group level.",
  );
  const secretsMb = resources.SecretsMB ?? 0;
  errors.addIf(secretsMb < 0, `secrets value must not be negative; got ${secretsMb}`);
  const affinity = resources.NUMA?.Affinity ?? 'none';
  errors.addIf(
    !['', 'none', 'prefer', 'require'].includes(affinity),
    `numa affinity must be none, prefer or require; got ${quote(affinity)}`,
  );
  for (const [i, device] of (resources.Devices ?? []).entries())
    errors.nest(`device ${i + 1} failed validation`, (inner) => validateDevice(inner, device));
}

function validateDevice(errors: ErrorList, device: RequestedDevice): void {
  errors.addIf(
    device.Name === '',
    'device name must be given as one of the following: type, vendor/type, or vendor/type/name',
  );
  errors.addIf(device.Count < 1, 'device count must be at least 1');
  validateConstraints(errors, device.Constraints, 'device');
  validateAffinities(errors, device.Affinities);
}

export function validateLogs(errors: ErrorList, logs: LogConfig | null, disk: EphemeralDisk | null): void {
  if (!logs) {
    errors.add('Missing Log Config');
    return;
  }
  errors.addIf(logs.MaxFiles < 1, `minimum number of files is 1; got ${logs.MaxFiles}`);
  errors.addIf(logs.MaxFileSizeMB < 1, `minimum file size is 1MB; got ${logs.MaxFileSizeMB}`);
  const needed = logs.MaxFiles * logs.MaxFileSizeMB;
  errors.addIf(
    !logs.Disabled && disk !== null && disk.SizeMB <= needed,
    `log storage (${needed} MB) must be less than requested disk capacity (${disk?.SizeMB ?? 0} MB)`,
  );
}
