// SPDX-License-Identifier: MPL-2.0
// Fakes and factories for tests. Imported by tests only.

export * from './virtual-clock.ts';
