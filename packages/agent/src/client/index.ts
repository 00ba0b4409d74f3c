// SPDX-License-Identifier: MPL-2.0
// The client: registers this machine as a node, runs the allocations that the servers place on it, and tells them how
// it goes. Tasks outlive it; after a restart it finds them again.
//
// It must not know: the server's state, the HTTP layer, how a driver starts a process. One event loop, no locks: what
// happens to one allocation happens in order, allocations are independent of each other.

export { Client } from './client.ts';
export { nomadCompatVersion } from './fingerprint/detectors/version.ts';
export type { FileSystemUsage, HostAddress, HostReader } from './host/host-reader.ts';
export type { RegistrationStatus } from './node/registration.ts';
export * from './options.ts';
