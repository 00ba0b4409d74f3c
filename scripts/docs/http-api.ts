// SPDX-License-Identifier: MPL-2.0
// docs/reference/http-api.md: every declared route.

import { type Route, routes } from '../../packages/api/src/index.ts';
import { bytesText, type Sections, table } from './page.ts';

const titles: Readonly<Record<keyof typeof routes, string>> = {
  jobs: 'Jobs',
  allocations: 'Allocations',
  evaluations: 'Evaluations',
  deployments: 'Deployments',
  nodes: 'Nodes',
  nodePools: 'Node pools',
  namespaces: 'Namespaces',
  client: 'Clients',
  fs: 'Files and logs',
  agent: 'Agent',
  status: 'Status',
  system: 'System',
  operator: 'Operator',
  events: 'Event stream',
  search: 'Search',
  scaling: 'Scaling',
};

function querySpec(route: Route): string {
  const own = Object.entries(route.query).map(([name, { kind, fallback }]) => {
    const initial = fallback === undefined || fallback === false ? '' : ` = ${String(fallback)}`;
    return `\`${name}\` (${kind}${initial})`;
  });
  const common = [...(route.blocking ? ['*blocking*'] : []), ...(route.paginated ? ['*pages*'] : [])];
  return [...own, ...common].join(', ');
}

function bodyOf({ request, security }: Route): string {
  if (request.kind === 'none') return '';
  const limit = bytesText(security.bodyLimitBytes);
  if (request.kind === 'stream') return `stream, ${limit}`;
  return `JSON${request.optional ? ' or none' : ''}, ${limit}`;
}

function row(route: Route): string[] {
  const { callers, capability, rate, audit } = route.security;
  return [
    route.methods.join(' '),
    `\`${route.path}\``,
    querySpec(route),
    bodyOf(route),
    route.response.kind,
    `${callers}; ${capability}; ${rate}; ${audit}`,
  ];
}

const head = ['methods', 'path', 'parameters', 'body', 'answer', 'who; capability; rate; audit'];

export function httpApiSections(): Sections {
  const groups = Object.entries(routes) as [keyof typeof routes, Readonly<Record<string, Route>>][];
  const parts = groups.map(
    ([name, group]) => `## ${titles[name]}\n\n${table(head, Object.values(group).map(row))}\n`,
  );
  return { routes: `\n${parts.join('\n')}\n` };
}
