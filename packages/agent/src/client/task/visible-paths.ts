// SPDX-License-Identifier: MPL-2.0
import type { DriverCapabilities, TaskPaths } from '#drivers';
import type { VisiblePaths } from './env-builder.ts';

/** Under which names a task finds its directories: on the host, or inside the root that its driver gives it. */
export function visiblePaths(paths: TaskPaths, isolation: DriverCapabilities['fsIsolation']): VisiblePaths {
  return isolation === 'none'
    ? { allocDir: paths.sharedDir, taskDir: paths.localDir, secretsDir: paths.secretsDir }
    : { allocDir: '/alloc', taskDir: '/local', secretsDir: '/secrets' };
}
