// SPDX-License-Identifier: MPL-2.0
// The agent: builds server, client and HTTP API from the compiled configuration and runs them. The only module that
// knows all others; it decides nothing itself.

export { Agent } from './agent.ts';
export { agentOptions } from './from-config.ts';
export { type ArchiveFacts, inspectArchiveFile } from './inspect-archive.ts';
export * from './options.ts';
