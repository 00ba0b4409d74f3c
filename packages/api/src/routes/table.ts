// SPDX-License-Identifier: MPL-2.0
// Every route, by noun.

import { agentRoutes, statusRoutes, systemRoutes } from './agent.ts';
import { allocationRoutes, deploymentRoutes, evaluationRoutes } from './allocations.ts';
import { clientRoutes, fsRoutes } from './client.ts';
import { eventRoutes } from './events.ts';
import { jobRoutes } from './jobs.ts';
import { namespaceRoutes, nodePoolRoutes, nodeRoutes } from './nodes.ts';
import { operatorRoutes } from './operator.ts';
import type { Route } from './route.ts';
import { scalingRoutes } from './scaling.ts';
import { searchRoutes } from './search.ts';

export const routes = {
  jobs: jobRoutes,
  allocations: allocationRoutes,
  evaluations: evaluationRoutes,
  deployments: deploymentRoutes,
  nodes: nodeRoutes,
  nodePools: nodePoolRoutes,
  namespaces: namespaceRoutes,
  client: clientRoutes,
  fs: fsRoutes,
  agent: agentRoutes,
  status: statusRoutes,
  system: systemRoutes,
  operator: operatorRoutes,
  events: eventRoutes,
  search: searchRoutes,
  scaling: scalingRoutes,
} as const;

export const allRoutes: readonly Route[] = Object.values(routes).flatMap((group) =>
  Object.values(group as Readonly<Record<string, Route>>),
);
