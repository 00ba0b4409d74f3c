// SPDX-License-Identifier: MPL-2.0
// Facts about a node as it is stored.

import type { HostStats, ResponseOf, routes } from '@serai/api';
import { formatAge, formatTime, yesNo } from '../../output/format.ts';
import { formatKeyValue, formatList, type Ui } from '../../output/ui.ts';
import { heading } from '../job/sections.ts';

export type ShownNode = ResponseOf<typeof routes.nodes.get>;

export function basicsText(node: ShownNode, stats: HostStats | undefined, nowMs: number): string {
  const drivers = Object.entries(node.Drivers ?? {})
    .filter(([, driver]) => driver.Detected)
    .map(([name, driver]) => (driver.Healthy ? name : `${name} (unhealthy)`))
    .sort();
  const names = (map: Readonly<Record<string, unknown>> | null): string =>
    Object.keys(map ?? {})
      .sort()
      .join(',');
  const uptime = stats ? formatAge(nowMs - stats.Uptime * 1000, nowMs).replace(' ago', '') : undefined;
  return formatKeyValue([
    ['ID', node.ID],
    ['Name', node.Name],
    ['Node Pool', node.NodePool],
    ['Class', node.NodeClass],
    ['DC', node.Datacenter],
    ['Drain', yesNo(node.DrainStrategy !== null)],
    ['Eligibility', node.SchedulingEligibility],
    ['Status', node.Status],
    ...(uptime === undefined ? [] : [['Uptime', uptime] as const]),
    ['Host Volumes', names(node.HostVolumes)],
    ['Host Networks', names(node.HostNetworks)],
    ['Driver Status', drivers.join(',')],
  ]);
}

export function driversText(node: ShownNode, ui: Ui): string {
  const rows = Object.entries(node.Drivers ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, driver]) => [
      name,
      yesNo(driver.Detected),
      yesNo(driver.Healthy),
      driver.HealthDescription,
      formatTime(Date.parse(driver.UpdateTime)),
    ]);
  return `${heading(ui, 'Drivers')}\n${formatList([['Driver', 'Detected', 'Healthy', 'Message', 'Time'], ...rows])}`;
}

export function eventsText(node: ShownNode, { ui, verbose }: { ui: Ui; verbose: boolean }): string {
  const details = (map: Readonly<Record<string, string>> | null): string =>
    Object.entries(map ?? {})
      .map(([key, value]) => `${key} : ${value}`)
      .join(', ');
  const rows = (node.Events ?? [])
    .toReversed()
    .map((event) => [
      formatTime(Date.parse(event.Timestamp)),
      event.Subsystem,
      event.Message,
      ...(verbose ? [details(event.Details)] : []),
    ]);
  const head = ['Time', 'Subsystem', 'Message', ...(verbose ? ['Details'] : [])];
  return `${heading(ui, 'Node Events')}\n${formatList([head, ...rows])}`;
}

export function mapText(title: string, map: Readonly<Record<string, string>> | null, ui: Ui): string {
  const pairs = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${heading(ui, title)}\n${pairs.length === 0 ? 'None' : formatKeyValue(pairs)}`;
}
