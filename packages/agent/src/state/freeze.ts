// SPDX-License-Identifier: MPL-2.0
// Freezing of rows: on in tests, where it finds code that changes what it read; off in production, where it costs.

/** Freezes a value and all it holds; stops at what is frozen already. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}
