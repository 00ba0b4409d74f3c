// SPDX-License-Identifier: MPL-2.0
// Parts of what commands show about deployments.

import type { Deployment, DeploymentState } from '@serai/api';
import { formatTime, shortId, yesNo } from '../../output/format.ts';
import { formatKeyValue, formatList } from '../../output/ui.ts';
import { heading, type Shown } from '../job/sections.ts';

/** `withJob`: also which job it is of. */
export function deploymentTable(
  deployments: readonly Deployment[],
  options: { readonly verbose: boolean; readonly withJob: boolean },
): string {
  const rows = deployments.map((d) => [
    shortId(d.ID, options.verbose),
    ...(options.withJob ? [d.JobID] : []),
    String(d.JobVersion),
    d.Status,
    d.StatusDescription,
  ]);
  const head = ['ID', ...(options.withJob ? ['Job ID'] : []), 'Job Version', 'Status', 'Description'];
  return formatList([head, ...rows]);
}

/** In `job status`. */
export function latestDeploymentText(deployment: Deployment, shown: Shown): string {
  return [
    heading(shown.ui, 'Latest Deployment'),
    formatKeyValue([
      ['ID', shortId(deployment.ID, shown.verbose)],
      ['Status', deployment.Status],
      ['Description', deployment.StatusDescription],
    ]),
    '',
    deployedText(deployment, shown),
  ].join('\n');
}

export function deploymentText(deployment: Deployment, shown: Shown): string {
  return [
    formatKeyValue([
      ['ID', shortId(deployment.ID, shown.verbose)],
      ['Job ID', deployment.JobID],
      ['Job Version', String(deployment.JobVersion)],
      ['Status', deployment.Status],
      ['Description', deployment.StatusDescription],
    ]),
    '',
    deployedText(deployment, shown),
  ].join('\n');
}

interface Column {
  readonly name: string;
  /** Not shown when this is false for all groups. */
  readonly when?: (group: DeploymentState) => boolean;
  readonly cell: (group: DeploymentState) => string;
}

const hasCanaries = (group: DeploymentState): boolean => group.DesiredCanaries > 0;

const columns: readonly Column[] = [
  { name: 'Auto Revert', when: (g) => g.AutoRevert, cell: (g) => yesNo(g.AutoRevert) },
  { name: 'Promoted', when: hasCanaries, cell: (g) => (hasCanaries(g) ? yesNo(g.Promoted) : 'N/A') },
  { name: 'Desired', cell: (g) => String(g.DesiredTotal) },
  { name: 'Canaries', when: hasCanaries, cell: (g) => (hasCanaries(g) ? String(g.DesiredCanaries) : 'N/A') },
  { name: 'Placed', cell: (g) => String(g.PlacedAllocs) },
  { name: 'Healthy', cell: (g) => String(g.HealthyAllocs) },
  { name: 'Unhealthy', cell: (g) => String(g.UnhealthyAllocs) },
  { name: 'Progress Deadline', cell: (g) => formatTime(Date.parse(g.RequireProgressBy)) || 'N/A' },
];

function deployedText(deployment: Deployment, { ui }: Shown): string {
  const groups = Object.entries(deployment.TaskGroups ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = columns.filter(({ when }) => when === undefined || groups.some(([, group]) => when(group)));
  const rows = groups.map(([name, group]) => [name, ...shown.map(({ cell }) => cell(group))]);
  return `${heading(ui, 'Deployed')}\n${formatList([['Task Group', ...shown.map(({ name }) => name)], ...rows])}`;
}
