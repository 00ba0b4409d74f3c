// SPDX-License-Identifier: MPL-2.0

import type { Allocation } from '@serai/api';
import { Allocation as AllocationSchema, make } from '@serai/api';
import type { AllocRunner } from '../alloc-runner/alloc-runner.ts';

/** What the client tells of an allocation: status, task states, health. The rest is the servers' own. */
export function allocUpdateOf(runner: AllocRunner): Allocation {
  const { status, description } = runner.status;
  return make(AllocationSchema, {
    ID: runner.id,
    NodeID: runner.alloc.NodeID,
    Namespace: runner.alloc.Namespace,
    JobID: runner.alloc.JobID,
    ClientStatus: status,
    ClientDescription: description,
    TaskStates: runner.taskStates,
    DeploymentStatus: runner.deploymentStatus,
    NetworkStatus: runner.alloc.NetworkStatus,
  });
}
