// SPDX-License-Identifier: MPL-2.0
// Agent configuration: description of every key, files and directories in HCL and JSON, merging, flags, defaults, checks.
// Knows nothing of what the agent does with it.
//
//   const raw = loadConfig({ paths, flags, environment: process.env });      // throws when a path can't be read
//   const { config, warnings } = compileConfig(raw, { network: systemNetwork() });  // throws an AppError with all mistakes
//
// The type of the result follows from the tables in schema/: `heartbeat_grace` is config.server.heartbeatGraceMs.

export { isLoopback, isPrivate, isUnspecified, joinHostPort, splitHostPort } from './address/ip.ts';
export { defaultRouteOf, type InterfaceAddress, type NetworkInfo, systemNetwork } from './address/network.ts';
export { expandAddressTemplate, TemplateError } from './address/template.ts';
export type { AdvertiseAddresses, BindAddresses } from './compile/addresses.ts';
export * from './compile/compile.ts';
export type { JoinConfig } from './compile/join.ts';
export { parsePorts } from './compile/port-ranges.ts';
export type { ConfigFiles } from './load/files.ts';
export { type AgentFlags, configFlags } from './load/flags.ts';
export { type LoadOptions, loadConfig, parseConfig, type RawConfig } from './load/load.ts';
export { type AgentSettings, agentShape } from './schema/agent.ts';
export type { AnyField, Compiled, Shape } from './schema/field.ts';
