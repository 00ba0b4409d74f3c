// SPDX-License-Identifier: MPL-2.0
// What a mock task does: the options of Nomad's mock driver.

import { AppError } from '#base';
import {
  boolField,
  type ConfigOf,
  durationField,
  intField,
  readConfig,
  stringField,
  stringMapField,
} from '../config/config-schema.ts';
import type { DriverCapabilities } from '../contract.ts';

/** Most times a text is printed; each is a timer. */
const maxRepeats = 1_000_000;

const fields = {
  /** how long it runs; 0: it ends at once */
  run_for: durationField(),
  exit_code: intField({ min: 0, max: 255, fallback: 0 }),
  /** number of the signal it seems to die of; 0: none */
  exit_signal: intField({ min: 0, max: 64, fallback: 0 }),
  /** the result can't be told, with this text */
  exit_err_msg: stringField(),
  /** the start fails with this text */
  start_error: stringField(),
  start_error_recoverable: boolField(),
  /** how long the start takes */
  start_block_for: durationField(),
  /** how long it goes on after it was told to stop */
  kill_after: durationField(),
  /** signals fail with this text */
  signal_error: stringField(),
  stdout_string: stringField(),
  stdout_repeat: intField({ min: 0, max: maxRepeats, fallback: 0 }),
  stdout_repeat_duration: durationField(),
  stderr_string: stringField(),
  stderr_repeat: intField({ min: 0, max: maxRepeats, fallback: 0 }),
  stderr_repeat_duration: durationField(),
  /** the task's driver state is lost after this time, as if the plugin had crashed; 0: never */
  plugin_exit_after: durationField(),
  /** taken for compatibility: what Nomad's driver reports about its network */
  driver_ip: stringField(),
  driver_advertise: boolField(),
  driver_port_map: stringField(),
  /** taken for compatibility: what Nomad's driver answers to exec */
  exec_command: stringMapField(),
};
export type MockConfig = ConfigOf<typeof fields>;

export function readMockConfig(config: Readonly<Record<string, unknown>>): MockConfig {
  return readConfig('config of driver mock_driver', fields, config);
}

/** From the plugin's configuration. */
export function readIsolation(value: string): DriverCapabilities['fsIsolation'] {
  if (value === '' || value === 'none') return 'none';
  if (value === 'chroot' || value === 'image') return value;
  throw new AppError(
    'invalid',
    `"fs_isolation" in config of plugin mock_driver must be "none", "chroot" or "image", not ${JSON.stringify(value)}`,
  );
}
