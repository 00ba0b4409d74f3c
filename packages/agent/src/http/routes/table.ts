// SPDX-License-Identifier: MPL-2.0
// Every declared route with its handler.

import { routes } from '@serai/api';
import { type Entry, entriesOf } from '../request/call.ts';
import { agentHandlers, statusHandlers, systemHandlers } from './agent.ts';
import { allocationHandlers } from './allocations.ts';
import { clientHandlers } from './client.ts';
import { deploymentHandlers } from './deployments.ts';
import { evaluationHandlers } from './evaluations.ts';
import { eventHandlers } from './events.ts';
import { fsHandlers } from './fs.ts';
import { jobHandlers } from './jobs.ts';
import { namespaceHandlers, nodePoolHandlers } from './node-pools.ts';
import { nodeHandlers } from './nodes.ts';
import { operatorHandlers } from './operator.ts';
import { scalingHandlers } from './scaling.ts';
import { searchHandlers } from './search.ts';

export function allEntries(): Entry[] {
  return [
    ...entriesOf(routes.jobs, jobHandlers),
    ...entriesOf(routes.allocations, allocationHandlers),
    ...entriesOf(routes.evaluations, evaluationHandlers),
    ...entriesOf(routes.deployments, deploymentHandlers),
    ...entriesOf(routes.nodes, nodeHandlers),
    ...entriesOf(routes.nodePools, nodePoolHandlers),
    ...entriesOf(routes.namespaces, namespaceHandlers),
    ...entriesOf(routes.client, clientHandlers),
    ...entriesOf(routes.fs, fsHandlers),
    ...entriesOf(routes.agent, agentHandlers),
    ...entriesOf(routes.status, statusHandlers),
    ...entriesOf(routes.system, systemHandlers),
    ...entriesOf(routes.operator, operatorHandlers),
    ...entriesOf(routes.events, eventHandlers),
    ...entriesOf(routes.search, searchHandlers),
    ...entriesOf(routes.scaling, scalingHandlers),
  ];
}
