// SPDX-License-Identifier: MPL-2.0
// Task drivers: start, wait, stop and recover tasks. A driver knows nothing of allocations or servers.

export * from './contract.ts';
