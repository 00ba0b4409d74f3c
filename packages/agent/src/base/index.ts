// SPDX-License-Identifier: MPL-2.0
// What every module may use: clock, randomness, errors, logging, metrics, lifecycle. Knows nothing of Nomad's objects.

export * from './clock.ts';
export * from './errors.ts';
export * from './lifecycle.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './msgpack/index.ts';
export * from './random.ts';
export * from './safe-dir/index.ts';
export * from './secret.ts';
export * from './tasks.ts';
