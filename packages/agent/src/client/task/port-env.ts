// SPDX-License-Identifier: MPL-2.0
// Variables that tell a task its ports and those of its siblings. Pure.

import type { AllocatedPortMapping, Allocation, NetworkResource } from '@serai/api';

/** Only letters, digits and `_` may stand in the name of a variable. */
export function envName(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, '_');
}

/** `NOMAD_PORT_http`, `NOMAD_ADDR_http`, `NOMAD_HOST_PORT_http`, …, and `NOMAD_PORT_<task>_<label>` of other tasks. */
export function portEnv(alloc: Allocation, taskName: string): Record<string, string> {
  const env: Record<string, string> = {};
  const resources = alloc.AllocatedResources;
  for (const port of resources?.Shared.Ports ?? []) addMapping(env, port);
  for (const [name, task] of Object.entries(resources?.Tasks ?? {})) {
    const prefix = name === taskName ? '' : `${name}_`;
    for (const network of task.Networks ?? []) addNetwork(env, prefix, network);
  }
  return env;
}

/** A port of the group's network. `To` is where the task listens when it has a network of its own. */
function addMapping(env: Record<string, string>, port: AllocatedPortMapping): void {
  const label = envName(port.Label);
  const inside = String(port.To > 0 ? port.To : port.Value);
  const address = joinHostPort(port.HostIP, port.Value);
  env[`NOMAD_IP_${label}`] = port.HostIP;
  env[`NOMAD_PORT_${label}`] = inside;
  env[`NOMAD_ADDR_${label}`] = address;
  env[`NOMAD_ALLOC_PORT_${label}`] = inside;
  env[`NOMAD_HOST_IP_${label}`] = port.HostIP;
  env[`NOMAD_HOST_PORT_${label}`] = String(port.Value);
  env[`NOMAD_HOST_ADDR_${label}`] = address;
}

/** Ports of a task's own network block (the older way). */
function addNetwork(env: Record<string, string>, prefix: string, network: NetworkResource): void {
  for (const port of [...(network.ReservedPorts ?? []), ...(network.DynamicPorts ?? [])]) {
    const label = envName(prefix + port.Label);
    const address = joinHostPort(network.IP, port.Value);
    env[`NOMAD_IP_${label}`] = network.IP;
    env[`NOMAD_PORT_${label}`] = String(port.Value);
    env[`NOMAD_ADDR_${label}`] = address;
    if (prefix !== '') continue;
    env[`NOMAD_HOST_IP_${label}`] = network.IP;
    env[`NOMAD_HOST_PORT_${label}`] = String(port.Value);
    env[`NOMAD_HOST_ADDR_${label}`] = address;
  }
}

export function joinHostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
