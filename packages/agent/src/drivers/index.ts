// SPDX-License-Identifier: MPL-2.0
// Task drivers: start, wait, stop and recover tasks. A driver knows nothing of allocations or servers.

export {
  boolField,
  type ConfigOf,
  durationField,
  type Field,
  intField,
  readConfig,
  required,
  stringField,
  stringListField,
  stringMapField,
} from './config/config-schema.ts';
export * from './contract.ts';
export * from './driver-registry.ts';
export * from './mock/mock-driver.ts';
export * from './raw-exec/raw-exec-driver.ts';
