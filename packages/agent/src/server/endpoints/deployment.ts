// SPDX-License-Identifier: MPL-2.0
// Deployment.*: reads of rolling updates, and what a user may do to one.

import { Deployment, Deployment_Allocations, Deployment_GetDeployment, Deployment_List } from '@serai/api';
import { createIndexToken, idToken, paginate } from '#model';
import type { ServerContext } from '../context.ts';
import { allocListStub } from './alloc-stub.ts';
import { type Endpoint, endpoint, reads, readsObject } from './endpoint.ts';
import { checkIdPrefix, inNamespace, query } from './query.ts';

export function deploymentReadEndpoints(context: ServerContext): readonly Endpoint[] {
  return [
    endpoint(Deployment_List, reads('read-job', 'list'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.table('deployments');
        const page = paginate<Deployment>(
          args.Prefix === ''
            ? snapshot.deploymentsByCreation()
            : snapshot.deploymentsByPrefix(checkIdPrefix(args.Prefix)),
          {
            perPage: args.PerPage,
            nextToken: args.NextToken,
            filter: args.Filter,
            schema: Deployment,
            reverse: args.Reverse,
            tokenizer: args.Prefix === '' ? createIndexToken : idToken,
            include: inNamespace(args),
          },
        );
        const value = { Deployments: page.items, NextToken: page.nextToken };
        return { index: snapshot.tableIndex('deployments'), value };
      }),
    ),
    endpoint(Deployment_GetDeployment, readsObject('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.row('deployments', args.DeploymentID);
        const found = snapshot.deployment(args.DeploymentID) ?? null;
        return {
          index: found?.ModifyIndex ?? snapshot.tableIndex('deployments'),
          value: { Deployment: found },
        };
      }),
    ),
    endpoint(Deployment_Allocations, readsObject('read-job'), (args, rpc) =>
      query(context, { args, rpc }, (snapshot, watch) => {
        watch.index('allocs', 'deployment', args.DeploymentID);
        const allocs = snapshot.allocsByDeployment(args.DeploymentID).map((alloc) => allocListStub(alloc));
        return { index: snapshot.tableIndex('allocs'), value: { Allocations: allocs } };
      }),
    ),
  ];
}
